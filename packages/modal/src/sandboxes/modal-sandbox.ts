// One sandbox of Modal, as the interface has it and with what Modal adds.

import {
  type CallOptions,
  checkGetUrlOptions,
  type ExecutionOptions,
  type ExecutionResult,
  type GetUrlOptions,
  isComputeError,
  readCodeCall,
  readCommandCall,
  type RunCodeOptions,
  type RunCommandOptions,
  type Runtime,
  type Sandbox,
  type SandboxInfo,
  SandboxNotFoundError,
  toArgv,
} from 'computesdk';
import type { ModalClient, Sandbox as SdkSandbox } from 'modal';
import path from 'node:path/posix';

import { retried } from '../client/retry.js';
import type { Place, Workspace } from '../client/workspace.js';
import { detectRuntime } from '../code/detect-runtime.js';
import { runCode } from '../code/run-code.js';
import { type BackgroundProcess, startBackground } from '../commands/background.js';
import { runProgram } from '../commands/run-program.js';
import type { WaitOptions } from '../commands/wait-options.js';
import { hasStatus, Status } from '../errors/grpc-error.js';
import { type ModalFileSystem, modalFiles } from '../files/modal-files.js';
import * as is from '../options/kinds.js';
import { type NetworkPolicy, networkParams } from '../network/policy.js';
import { tunnelUrl } from '../network/url.js';
import { waitForPort } from '../network/wait-for-port.js';
import type { ModalProvider } from '../provider.js';
import { findInOutput } from './entrypoint-log.js';
import { readFacts, readStatus, tagsOf } from './facts.js';
import { ownTags, readTags, refuseTaken, type SandboxFacts } from './tags.js';
import { terminate } from './terminate.js';

/** Where a sandbox comes from. */
export interface SandboxOrigin {
  owner: ModalProvider;
  workspace: Workspace;
  place: Place;
  /** The provider's default for its commands. */
  maxOutput: number | undefined;
}

/** A sandbox on Modal. `getInstance()` is the Sandbox of Modal's SDK. */
export class ModalSandbox implements Sandbox<SdkSandbox> {
  readonly provider = 'modal';
  readonly sandboxId: string;
  readonly filesystem: ModalFileSystem;
  readonly #sandbox: SdkSandbox;
  readonly #origin: SandboxOrigin;
  readonly #workspace: Workspace;
  #facts: SandboxFacts | undefined;
  #runtime: Runtime | undefined;
  #workdir: Promise<string> | undefined;
  #destroyed = false;

  /** `facts` are known when this process made the sandbox. */
  constructor(sandbox: SdkSandbox, origin: SandboxOrigin, facts: SandboxFacts | undefined) {
    this.sandboxId = sandbox.sandboxId;
    this.#sandbox = sandbox;
    this.#origin = origin;
    this.#workspace = origin.workspace;
    this.#facts = facts;
    this.filesystem = modalFiles(
      () => this.#live(),
      () => this.#currentDirectory(),
    );
  }

  get isDestroyed(): boolean {
    return this.#destroyed || this.#workspace.hasEnded(this.sandboxId);
  }

  async runCode(code: string, second?: Runtime | RunCodeOptions, third?: RunCodeOptions): Promise<ExecutionResult> {
    const call = readCodeCall(code, second, third);
    return this.#timed(async () => {
      const runtime = call.runtime ?? detectRuntime(code, await this.#defaultRuntime());
      return runCode(this.#live(), code, runtime, await this.#withDefaults(call.options));
    });
  }

  async runCommand(
    command: string,
    second?: readonly string[] | RunCommandOptions,
    third?: RunCommandOptions,
  ): Promise<ExecutionResult> {
    const call = readCommandCall(command, second, third);
    const argv = toArgv(call);
    return this.#timed(async () => {
      const options = await this.#withDefaults(call.options);
      if (!options.background) return runProgram(this.#live(), argv, options);
      const { pid } = await startBackground(this.#live(), argv, options);
      return { stdout: '', stderr: '', exitCode: 0, pid, isBackground: true };
    });
  }

  /** Starts a command in the background, as `runCommand` with `background` does, and returns its handle: id, log, wait, kill. */
  async startCommand(command: string, second?: readonly string[] | RunCommandOptions, third?: RunCommandOptions): Promise<BackgroundProcess> {
    const { options, ...call } = readCommandCall(command, second, third);
    return this.#guarded(async () => startBackground(this.#live(), toArgv(call), await this.#withDefaults(options)));
  }

  async getInfo({ signal }: CallOptions = {}): Promise<SandboxInfo> {
    const { facts, status, tags, metadata } = await this.#control(signal, async (sandbox) => {
      const appId = async () => (await this.#workspace.app(this.#origin.place)).appId;
      const facts = readFacts(this.#workspace.client(), sandbox, this.#facts, appId);
      const [state, read] = await Promise.all([readStatus(sandbox), facts]);
      return { ...read, status: this.isDestroyed && state === 'running' ? 'stopped' : state } as const;
    });
    this.#facts = facts;
    const { createdAt, timeout, runtime, name } = facts;
    const ids = { id: this.sandboxId, sandboxId: this.sandboxId, provider: this.provider };
    const expiresAt = new Date(createdAt.getTime() + timeout);
    return { ...ids, runtime, status, createdAt, timeout, expiresAt, ...(name === undefined ? {} : { name }), tags, metadata };
  }

  async getUrl(options: GetUrlOptions): Promise<string> {
    checkGetUrlOptions(options);
    const { port, protocol, signal } = options;
    const tunnels = await this.#workspace.call(signal, () => this.#guarded(() => this.#live().tunnels()));
    return tunnelUrl(tunnels, port, protocol);
  }

  /** Resolves when something in the sandbox listens on `port`. Throws TimeoutError. */
  async waitForPort(port: number, options?: WaitOptions): Promise<void> {
    return this.#guarded(() => waitForPort(this.#live(), port, options));
  }

  /** The first text that matches in the output of the sandbox's `command`. Throws TimeoutError. */
  async waitForLog(pattern: string | RegExp, options?: WaitOptions): Promise<string> {
    return this.#guarded(async () => {
      this.#live();
      // A handle of its own: a stream can be read once, and the one of `getInstance()` is the caller's.
      const own = await this.#workspace.client().sandboxes.fromId(this.sandboxId);
      return findInOutput(own, pattern, options).finally(() => own.detach());
    });
  }

  /** Resolves when the sandbox's `readinessProbe` succeeds. Throws TimeoutError; `timeout` is 5 minutes by default. */
  async waitUntilReady({ timeout, signal }: WaitOptions = {}): Promise<void> {
    return this.#workspace.call(signal, () => this.#guarded(() => this.#live().waitUntilReady(timeout)));
  }

  /** Replaces the tags. What `create` keeps there for itself, metadata included, stays. */
  async setTags(tags: Record<string, string>, { signal }: CallOptions = {}): Promise<void> {
    is.textRecord('tags', tags);
    refuseTaken(tags);
    await this.#control(signal, async (sandbox) => {
      const all = (await tagsOf(sandbox)) ?? {};
      const { metadata } = readTags(all);
      const kept = Object.fromEntries(Object.entries(all).filter(([name]) => name in metadata));
      await sandbox.setTags({ ...tags, ...kept, ...ownTags(all) });
    });
  }

  /** Replaces the outbound policy of the running sandbox by allow lists; connections that it no longer allows end. */
  async updateNetwork(policy: Pick<NetworkPolicy, 'allowCidrs' | 'allowDomains'>, { signal }: CallOptions = {}): Promise<void> {
    const { outboundCidrAllowlist = [], outboundDomainAllowlist = [] } = networkParams(policy);
    const params = { outboundCidrAllowlist, outboundDomainAllowlist };
    return this.#workspace.call(signal, () => this.#guarded(() => this.#live().updateNetworkPolicy(params)));
  }

  /** Commits what this sandbox wrote to its volumes and shows what others committed. */
  async reloadVolumes({ signal }: CallOptions = {}): Promise<void> {
    return this.#workspace.call(signal, () => this.#guarded(() => this.#live().reloadVolumes()));
  }

  getProvider(): ModalProvider {
    return this.#origin.owner;
  }

  getInstance(): SdkSandbox {
    return this.#sandbox;
  }

  async kill(options?: CallOptions): Promise<void> {
    return this.destroy(options);
  }

  async destroy({ signal }: CallOptions = {}): Promise<void> {
    if (this.isDestroyed) return;
    await terminate(this.#workspace, this.sandboxId, signal);
    this.#destroyed = true;
    this.#sandbox.detach();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /** The SDK's sandbox. Throws SandboxNotFoundError after `destroy`. */
  #live(): SdkSandbox {
    if (this.isDestroyed) throw new SandboxNotFoundError(this.sandboxId);
    return this.#sandbox;
  }

  /** A call to the control plane that can be repeated; it goes on answering after `destroy`. */
  #control<T>(signal: AbortSignal | undefined, call: (sandbox: SdkSandbox) => Promise<T>): Promise<T> {
    const once = async (client: ModalClient) => call(await client.sandboxes.fromId(this.sandboxId));
    return this.#workspace.call(signal, (client) => this.#guarded(() => retried(() => once(client), signal)));
  }

  /** Says which sandbox is gone where Modal only says that something is. */
  async #guarded<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const isGone = hasStatus(error, Status.NOT_FOUND) || (isComputeError(error) && error.code === 'not_found');
      throw isGone ? new SandboxNotFoundError(this.sandboxId, { cause: error }) : error;
    }
  }

  async #timed(run: () => Promise<Pick<ExecutionResult, 'stdout' | 'stderr' | 'exitCode'>>): Promise<ExecutionResult> {
    const start = performance.now();
    const result = await this.#guarded(run);
    const executionTime = performance.now() - start;
    return { ...result, executionTime, durationMs: executionTime, sandboxId: this.sandboxId, provider: this.provider };
  }

  async #defaultRuntime(): Promise<Runtime> {
    if (this.#facts) return this.#facts.runtime;
    this.#runtime ??= readTags((await this.#control(undefined, tagsOf)) ?? {}).facts?.runtime ?? 'python';
    return this.#runtime;
  }

  /** The provider's `maxOutput`, and `cwd` from the working directory on, as paths of files are: Modal takes absolute ones alone. */
  async #withDefaults<T extends ExecutionOptions>(given: T): Promise<T> {
    const { cwd, maxOutput = this.#origin.maxOutput } = given;
    const options = { ...given, maxOutput };
    if (cwd === undefined || path.isAbsolute(cwd)) return options;
    return { ...options, cwd: path.join(await this.#currentDirectory(), cwd) };
  }

  #currentDirectory(): Promise<string> {
    this.#workdir ??= this.#findDirectory();
    return this.#workdir;
  }

  async #findDirectory(): Promise<string> {
    try {
      const { stdout } = await runProgram(this.#live(), ['pwd']);
      return stdout.replace(/\n$/, '');
    } catch (error) {
      this.#workdir = undefined;
      throw error;
    }
  }
}
