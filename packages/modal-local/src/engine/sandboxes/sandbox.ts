// One sandbox from creation to its end. It ends once, for one reason, and wakes everyone who waits for that.

import { Activity } from '../activity.js';
import { ConnectTokens } from '../connect/connect-tokens.js';
import { EngineError } from '../errors.js';
import { checkExecRequest, type ExecRequest } from '../execs/exec-request.js';
import { Execs } from '../execs/execs.js';
import { longPoll } from '../long-poll.js';
import { ManagedProcess } from '../processes/managed-process.js';
import { OutputStore } from '../processes/output-store.js';
import type { OutboundInterceptor } from '../outbound/outbound-interceptor.js';
import type { OutboundPolicy } from '../outbound/outbound-policy.js';
import { installTrust, trustEnvironment } from '../outbound/trust.js';
import { inboundCheck } from '../tunnels/inbound.js';
import { Tunnels } from '../tunnels/tunnels.js';
import type { TunnelCertificate } from '../certificates/tunnel-certificate.js';
import type { World } from '../world.js';
import type { RootImage } from '../../images/driver.js';
import type { NetworkPolicy } from '../../network/driver.js';
import type { SandboxDefinition } from './definition.js';
import type { SandboxDrivers } from './drivers.js';
import type { Machine } from './machine.js';
import { oomKilled } from './oom-killed.js';
import { entrypointSpec, execSpec } from './process-spec.js';
import { Readiness } from './readiness.js';
import { Sidecars } from './sidecars.js';
import { entrypointResult, IDLED_OUT, lostResult, PREEMPTED, TERMINATED, TIMED_OUT, type SandboxResult } from './result.js';

/** For output of an entrypoint that has exited; processes that it left behind may keep its streams open for ever. */
const LAST_OUTPUT_MS = 1_000;

export interface SandboxIdentity {
  id: string;
  taskId: string;
  /** Milliseconds since 1970; unique in an engine. */
  createdAt: number;
  /** When its time began to run, by `World.elapsed`. */
  begunAt: number;
}

/** The sandbox's own container, or a sidecar. */
export type ContainerOfSandbox = Pick<Sandbox, 'id' | 'image' | 'machine' | 'running' | 'finished' | 'busy' | 'requireRunning'>;

export class Sandbox {
  readonly id: string;
  readonly taskId: string;
  readonly createdAt: number;
  readonly definition: SandboxDefinition;
  readonly execs = new Execs();
  readonly sidecars = new Sidecars();
  readonly tunnels = new Tunnels();
  readonly connectTokens: ConnectTokens;
  /** Resolves when the container is gone. */
  readonly finished: Promise<SandboxResult>;
  name: string | undefined;
  tags: Readonly<Record<string, string>>;
  finishedAt: number | undefined;
  readonly #image: RootImage;
  readonly #machine: Machine;
  readonly #activity: Activity;
  readonly #cancelTimeout: () => void;
  readonly #world: Pick<World, 'now' | 'elapsed' | 'after'>;
  readonly output: OutputStore;
  readonly #outbound: OutboundInterceptor | undefined;
  readonly #reportDefect: SandboxDrivers['reportDefect'];
  #resolveFinished: (result: SandboxResult) => void = () => undefined;
  #entrypoint: ManagedProcess | undefined;
  readonly #readiness: Readiness | undefined;
  readonly #ended = new AbortController();
  #ending = false;
  #result: SandboxResult | undefined;

  constructor(
    identity: SandboxIdentity,
    definition: SandboxDefinition,
    machine: Machine,
    options: { image: RootImage; world: Pick<World, 'now' | 'elapsed' | 'after'>; spoolDirectory: string; outbound?: OutboundInterceptor | undefined; reportDefect: SandboxDrivers['reportDefect'] },
  ) {
    this.id = identity.id;
    this.taskId = identity.taskId;
    this.createdAt = identity.createdAt;
    this.definition = definition;
    this.name = definition.name;
    this.tags = definition.tags;
    this.#machine = machine;
    this.#image = options.image;
    this.#world = options.world;
    this.output = new OutputStore({ directory: options.spoolDirectory });
    this.#outbound = options.outbound;
    this.#reportDefect = options.reportDefect;
    this.connectTokens = new ConnectTokens({ dial: this.#dial, rules: this.#inbound() });
    this.#readiness = this.#probe();
    this.finished = new Promise((resolve) => (this.#resolveFinished = resolve));

    const remaining = identity.begunAt + definition.timeoutMs - this.#world.elapsed();
    this.#cancelTimeout = this.#world.after(remaining, () => this.#end(TIMED_OUT));
    this.#activity = new Activity(this.#world, definition.idleTimeoutMs ?? Infinity, () => this.#end(IDLED_OUT));
    void machine.container.exited.then(
      ({ oomKilled }) => this.#end(lostResult(oomKilled)),
      () => this.#end(lostResult(false)),
    );
  }

  /** False from the moment that something ends it, although its processes may live for another instant. */
  get running(): boolean {
    return !this.#ending;
  }

  /** Undefined until the container is gone. */
  get result(): SandboxResult | undefined {
    return this.#result;
  }

  get machine(): Machine {
    return this.#machine;
  }

  /** What it was started from. */
  get image(): RootImage {
    return this.#image;
  }

  /** Undefined for a sandbox that only waits for its time-out. */
  get entrypoint(): ManagedProcess | undefined {
    return this.#entrypoint;
  }

  /** Throws FAILED_PRECONDITION. */
  requireEntrypoint(): ManagedProcess {
    if (this.#entrypoint) return this.#entrypoint;
    throw new EngineError('FAILED_PRECONDITION', 'The sandbox was created without a command, so nothing reads its stdin');
  }

  async startEntrypoint(): Promise<void> {
    if (this.#outbound !== undefined) await installTrust(this.#machine.container.agent, this.#outbound.authority);
    const spec = entrypointSpec(this.#context());
    if (!spec) return;
    const entrypoint = await ManagedProcess.start(this.#machine.container.agent, { spec, spool: { store: this.output, now: () => this.#world.now() }, reportDefect: this.#reportDefect });
    this.#entrypoint = entrypoint;
    void entrypoint.exited.then(async (exit) => {
      // What it wrote last may still be on its way, and the end of the sandbox would cut it off.
      await longPoll(entrypoint.outputEnded, LAST_OUTPUT_MS);
      if (this.running) this.#end(entrypointResult(exit, await oomKilled(this.id, this.#machine, this.#reportDefect)));
    });
  }

  /** Throws FAILED_PRECONDITION, in Modal's words, when the sandbox was created without a probe. */
  requireReadiness(): Readiness {
    if (this.#readiness) return this.#readiness;
    throw new EngineError('FAILED_PRECONDITION', 'Sandbox does not have a readiness probe configured');
  }

  /** Opens the ports of the definition on this machine. */
  async openTunnels(certificate: TunnelCertificate): Promise<void> {
    await this.tunnels.open(this.definition.ports, this.#dial, { certificate, rules: this.#inbound() });
  }

  /** Replaces the network policy; what it no longer permits is cut. Throws NOT_FOUND when the sandbox has ended, INVALID_ARGUMENT. */
  async setNetworkPolicy(policy: NetworkPolicy): Promise<void> {
    this.requireRunning();
    await this.#machine.network.setPolicy(policy);
  }

  /** For requests from now on. Throws FAILED_PRECONDITION when the sandbox was created without one, NOT_FOUND when it has ended. */
  setOutboundPolicy(policy: OutboundPolicy): void {
    this.requireRunning();
    if (this.#outbound === undefined) {
      throw new EngineError('FAILED_PRECONDITION', `Sandbox ${this.id} was created without an outbound policy: give it one, be it empty, at creation`);
    }
    this.#outbound.replace(policy);
  }

  /** The result, or undefined when there is none within the time. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<SandboxResult | undefined> {
    if (this.#result) return Promise.resolve(this.#result);
    return longPoll(this.finished, milliseconds, signal);
  }

  /** In the sandbox's own container, or in a sidecar. Throws NOT_FOUND when it has ended, INVALID_ARGUMENT for a bad request. */
  startExec(request: ExecRequest, sidecarId = ''): Promise<ManagedProcess> {
    this.requireRunning();
    checkExecRequest(request);
    const { agent, context } = sidecarId === '' ? { agent: this.#machine.container.agent, context: this.#context() } : this.#sidecar(sidecarId);
    const launch = () =>
      ManagedProcess.start(agent, {
        spec: execSpec(context, request),
        spool: { store: this.output },
        mergeStderr: request.stderr === 'stdout',
        reportDefect: this.#reportDefect,
      });
    return this.execs.start(request.id, launch, () => this.#activity.begin());
  }

  /** Keeps the idle timeout away until the returned function is called. */
  busy(): () => void {
    return this.#activity.begin();
  }

  /** Returns at once; `finished` tells when it is over. */
  terminate(): void {
    this.#end(TERMINATED);
  }

  /** As when Modal takes the machine away. Returns at once. */
  preempt(): void {
    this.#end(PREEMPTED);
  }

  requireRunning(): void {
    if (!this.running) throw new EngineError('NOT_FOUND', `Sandbox ${this.id} has already finished`);
  }

  /** What its commands and their output take of the engine's memory. */
  get memoryBytes(): number {
    return this.execs.recordBytes + this.output.held;
  }

  /** Forgets all that its processes wrote. */
  async forgetOutput(): Promise<void> {
    await Promise.all([this.execs.close(), this.#entrypoint?.close()]);
    await this.output.close();
  }

  #end(result: SandboxResult): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#ended.abort();
    this.#cancelTimeout();
    this.#activity.stop();
    this.tunnels.close();
    this.connectTokens.close();
    void this.#finish(result);
  }

  async #finish(result: SandboxResult): Promise<void> {
    try {
      await this.sidecars.close();
      await this.#machine.halt();
      this.#result = result;
    } catch (error) {
      const exception = `The sandbox could not be taken down: ${error instanceof Error ? error.message : String(error)}`;
      this.#result = { status: 'internal-failure', exitCode: result.exitCode, exception };
    }
    this.finishedAt = this.#world.now();
    this.#resolveFinished(this.#result);
  }

  #sidecar(id: string) {
    const sidecar = this.sidecars.get(id);
    sidecar.requireRunning();
    return sidecar;
  }

  readonly #dial = (port: number) => this.#machine.container.agent.dial(port);

  #probe(): Readiness | undefined {
    const { readiness: probe } = this.definition;
    if (!probe) return undefined;
    const spec = (argv: readonly string[]) => execSpec(this.#context(), { id: 'readiness', argv, env: {}, stdout: 'null', stderr: 'null' });
    return new Readiness({ probe, spec, agent: this.#machine.container.agent, now: () => this.#world.now(), ended: this.#ended.signal });
  }

  #inbound() {
    return { admits: inboundCheck(this.definition.inboundCidrs), busy: () => this.busy() };
  }

  #context() {
    const engineEnv = this.#outbound === undefined ? {} : trustEnvironment(this.#outbound.authority);
    return { sandboxId: this.id, taskId: this.taskId, image: this.#image.config, definition: this.definition, engineEnv };
  }
}
