// Sidecars of one sandbox: containers of their own image, in the sandbox's network, which end with it.

import { EngineError } from '../errors.js';
import type { BucketMountRequest } from '../bucket-mounts.js';
import type { PtySize } from '../execs/exec-request.js';
import { longPoll } from '../long-poll.js';
import { ManagedProcess } from '../processes/managed-process.js';
import type { OutputStore } from '../processes/output-store.js';
import type { VolumeMountRequest } from '../volumes.js';
import type { SandboxDrivers } from './drivers.js';
import { checkSandboxName } from './names.js';
import type { RootImage } from '../../images/driver.js';
import type { Machine } from './machine.js';
import { oomKilled } from './oom-killed.js';
import { entrypointSpec, type ProcessContext } from './process-spec.js';
import { entrypointResult, lostResult, TERMINATED, type SandboxResult } from './result.js';

const MAIN = 'main';
/** Of one sandbox, of those that have ended; the oldest go first. */
const KEPT = 100;

export interface SidecarDefinition {
  /** Unique among the sandbox's running containers. */
  name: string;
  imageId: string;
  /** None means a container that waits for the sandbox's end. */
  command: readonly string[];
  workdir?: string;
  env: Readonly<Record<string, string>>;
  pty?: PtySize;
  volumes: readonly VolumeMountRequest[];
  buckets: readonly BucketMountRequest[];
}

interface SidecarOptions {
  machine: Machine;
  image: RootImage;
  context: ProcessContext;
  /** Keeps the sandbox's idle timeout away until the returned function is called. */
  busy: () => () => void;
  reportDefect: SandboxDrivers['reportDefect'];
}

export class Sidecar {
  readonly id: string;
  readonly name: string;
  readonly context: ProcessContext;
  readonly image: RootImage;
  readonly machine: Machine;
  /** Keeps the sandbox's idle timeout away until the returned function is called. */
  readonly busy: () => () => void;
  /** Resolves when nothing of it is left. */
  readonly finished: Promise<SandboxResult>;
  readonly #reportDefect: SandboxDrivers['reportDefect'];
  #entrypoint: ManagedProcess | undefined;
  #result: SandboxResult | undefined;
  #resolveFinished: (result: SandboxResult) => void = () => undefined;
  #ending = false;

  constructor(id: string, name: string, options: SidecarOptions) {
    const { machine, image, context, busy, reportDefect } = options;
    this.image = image;
    this.busy = busy;
    this.id = id;
    this.name = name;
    this.context = context;
    this.machine = machine;
    this.#reportDefect = reportDefect;
    this.finished = new Promise((resolve) => (this.#resolveFinished = resolve));
    void machine.container.exited.then(
      ({ oomKilled }) => this.#end(lostResult(oomKilled)),
      () => this.#end(lostResult(false)),
    );
  }

  get running(): boolean {
    return !this.#ending;
  }

  get result(): SandboxResult | undefined {
    return this.#result;
  }

  get agent() {
    return this.machine.container.agent;
  }

  async startEntrypoint(store: OutputStore): Promise<void> {
    const spec = entrypointSpec(this.context);
    if (!spec) return;
    this.#entrypoint = await ManagedProcess.start(this.agent, { spec, spool: { store }, reportDefect: this.#reportDefect });
    void this.#entrypoint.exited.then(async (exit) => this.#end(entrypointResult(exit, await oomKilled(this.id, this.machine, this.#reportDefect))));
  }

  /** Throws NOT_FOUND. */
  requireRunning(): void {
    if (!this.running) throw new EngineError('NOT_FOUND', `Container ${this.id} has already finished`);
  }

  terminate(): void {
    this.#end(TERMINATED);
  }

  /** The result, or undefined when there is none within the time. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<SandboxResult | undefined> {
    return longPoll(this.finished, milliseconds, signal);
  }

  #end(result: SandboxResult): void {
    if (this.#ending) return;
    this.#ending = true;
    void this.#finish(result);
  }

  async #finish(result: SandboxResult): Promise<void> {
    try {
      await this.machine.release();
      await this.#entrypoint?.close();
      this.#result = result;
    } catch (error) {
      const exception = `The sidecar could not be taken down: ${error instanceof Error ? error.message : String(error)}`;
      this.#result = { status: 'internal-failure', exitCode: result.exitCode, exception };
    }
    this.#resolveFinished(this.#result);
  }
}

export class Sidecars {
  readonly #byId = new Map<string, Sidecar>();
  /** Those that are being started, by name. */
  readonly #starting = new Map<string, Promise<Sidecar>>();
  readonly #closing = new AbortController();

  /** Starts one under a name that is free. Throws ALREADY_EXISTS, INVALID_ARGUMENT, NOT_FOUND when the sandbox ends meanwhile. */
  async create(name: string, start: (signal: AbortSignal) => Promise<Sidecar>): Promise<Sidecar> {
    this.#closing.signal.throwIfAborted();
    checkSandboxName(name, 'container');
    if (name === MAIN) throw new EngineError('INVALID_ARGUMENT', `The name '${MAIN}' is the sandbox's own container's`);
    if (this.#starting.has(name) || this.list({ includeFinished: false }).some((sidecar) => sidecar.name === name)) {
      throw new EngineError('ALREADY_EXISTS', `A container with name '${name}' already exists in this sandbox`);
    }
    const starting = this.#start(start);
    this.#starting.set(name, starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(name);
    }
  }

  /** Throws NOT_FOUND. */
  get(id: string): Sidecar {
    const sidecar = this.#byId.get(id);
    if (sidecar) return sidecar;
    throw new EngineError('NOT_FOUND', `Container ${id} not found`);
  }

  /** The running one, else, if wanted, the one that ended last. Throws NOT_FOUND. */
  named(name: string, options: { includeFinished: boolean }): Sidecar {
    const sidecars = this.list(options).filter((sidecar) => sidecar.name === name);
    const sidecar = sidecars.find(({ running }) => running) ?? sidecars.at(-1);
    if (sidecar) return sidecar;
    throw new EngineError('NOT_FOUND', `Container with name '${name}' not found`);
  }

  list({ includeFinished }: { includeFinished: boolean }): Sidecar[] {
    return [...this.#byId.values()].filter(({ running }) => includeFinished || running);
  }

  /** Ends every one, those included that are being started; resolves when nothing of them is left. */
  async close(): Promise<void> {
    this.#closing.abort(new EngineError('NOT_FOUND', 'The sandbox ended before its sidecar could start'));
    await Promise.allSettled(this.#starting.values());
    const sidecars = [...this.#byId.values()];
    for (const sidecar of sidecars) sidecar.terminate();
    await Promise.all(sidecars.map(({ finished }) => finished));
  }

  async #start(start: (signal: AbortSignal) => Promise<Sidecar>): Promise<Sidecar> {
    const sidecar = await start(this.#closing.signal);
    this.#byId.set(sidecar.id, sidecar);
    void sidecar.finished.then(() => this.#forgetOldest());
    return sidecar;
  }

  #forgetOldest(): void {
    const finished = [...this.#byId.values()].filter(({ result }) => result !== undefined);
    for (const { id } of finished.slice(0, Math.max(0, finished.length - KEPT))) this.#byId.delete(id);
  }
}
