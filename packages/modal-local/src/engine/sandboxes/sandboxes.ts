// All sandboxes of an engine: creation, look-up, listing, and their common end.

import { Idempotency } from '../idempotency.js';
import { EngineError } from '../errors.js';
import { checkArgv, checkWorkdir } from '../execs/exec-request.js';
import { mintId } from '../mint-id.js';
import { OutboundAuthority } from '../outbound/outbound-authority.js';
import { OutboundInterceptor } from '../outbound/outbound-interceptor.js';
import { checkDefinition, checkMountPaths, type SandboxDefinition } from './definition.js';
import type { SandboxDrivers } from './drivers.js';
import { FinishedSandboxes } from './finished-sandboxes.js';
import { resourceLimits } from './limits.js';
import { assemble } from './machine.js';
import { checkSandboxName, checkTags, hasTags } from './names.js';
import { PastSandboxes, type SandboxFacts } from './past-sandboxes.js';
import { Sandbox } from './sandbox.js';
import { Sidecar, type SidecarDefinition } from './sidecars.js';
import { mintSandboxId, mintTaskId } from './sandbox-id.js';

const MEBIBYTE = 1024 * 1024;
const PAGE = 100;

export interface CreateOptions {
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface ListQuery {
  /** Every app's when absent. */
  appIds?: readonly string[];
  /** Only strictly older ones; milliseconds since 1970. */
  before?: number;
  includeFinished: boolean;
  tags: Readonly<Record<string, string>>;
}

export class Sandboxes {
  readonly #drivers: SandboxDrivers;
  readonly #byId = new Map<string, Sandbox>();
  readonly #byTask = new Map<string, Sandbox>();
  /** Names of running sandboxes and of those that are being created, as `app/name`. */
  readonly #names = new Map<string, string>();
  readonly #finished: FinishedSandboxes;
  readonly #past: PastSandboxes;
  readonly #creations: Idempotency<Sandbox>;
  readonly #creating = new Set<Promise<unknown>>();
  readonly #releases = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #authority: OutboundAuthority | undefined;
  #latestCreation = 0;

  constructor(drivers: SandboxDrivers) {
    this.#drivers = drivers;
    this.#past = new PastSandboxes(drivers.finished);
    this.#creations = new Idempotency(drivers.world, (sandbox) => sandbox.terminate());
    this.#finished = new FinishedSandboxes(drivers.world, (sandbox) => {
      this.#byId.delete(sandbox.id);
      this.#byTask.delete(sandbox.taskId);
    });
  }

  /** Resolves when its entrypoint runs. Throws ALREADY_EXISTS for a name in use, INVALID_ARGUMENT, NOT_FOUND. */
  create(definition: SandboxDefinition, { idempotencyKey, signal }: CreateOptions = {}): Promise<Sandbox> {
    return this.#creations.run(idempotencyKey, () => this.#tracked(this.#create(definition)), signal);
  }

  /** Resolves when its command runs. Throws NOT_FOUND, ALREADY_EXISTS for a name in use, INVALID_ARGUMENT. */
  async createSidecar(sandboxId: string, definition: SidecarDefinition): Promise<Sidecar> {
    const sandbox = this.get(sandboxId);
    sandbox.requireRunning();
    const { name, imageId, command, workdir, volumes, buckets } = definition;
    if (command.length > 0) checkArgv(command);
    if (workdir !== undefined) checkWorkdir(workdir);
    checkMountPaths([...volumes, ...buckets].map(({ path }) => path));
    const creation = sandbox.sidecars.create(name, async (signal) => {
      const { world, host, images, reportDefect } = this.#drivers;
      const id = mintId(world, 'co');
      const image = await images.root(imageId);
      const limits = resourceLimits(sandbox.definition.resources, host);
      const machine = await assemble(this.#drivers, { id, image, limits, policy: sandbox.definition.network, join: sandbox.machine, volumes, buckets, ...(host.diskBytes === undefined ? {} : { diskBytes: host.diskBytes }) }, AbortSignal.any([signal, this.#closing.signal]));
      const context = { sandboxId, taskId: sandbox.taskId, image: image.config, definition, engineEnv: {} };
      const sidecar = new Sidecar(id, name, { machine, image, context, busy: () => sandbox.busy(), reportDefect });
      await sidecar.startEntrypoint(sandbox.output).catch(async (error: unknown) => {
        sidecar.terminate();
        await sidecar.finished;
        throw error;
      });
      return sidecar;
    });
    return await this.#tracked(creation);
  }

  /** Throws NOT_FOUND. */
  get(id: string): Sandbox {
    return found(this.#byId.get(id), id);
  }

  /** Of a running sandbox, or of one that ended, also under an earlier engine. Throws NOT_FOUND. */
  facts(id: string): SandboxFacts {
    return found<SandboxFacts>(this.#byId.get(id) ?? this.#past.byId(id), id);
  }

  /** Throws NOT_FOUND. */
  ofTask(taskId: string): Sandbox {
    return found(this.#byTask.get(taskId), taskId);
  }

  /** The running sandbox of that name, else, if wanted, the one that finished last. Throws NOT_FOUND. */
  named(appId: string, name: string, { includeFinished }: { includeFinished: boolean }): SandboxFacts {
    const id = this.#names.get(nameKey(appId, name));
    const latest = id === undefined ? undefined : this.#byId.get(id);
    if (latest?.running) return latest;
    const finished = includeFinished ? (latest ?? this.#finished.named(appId, name) ?? this.#past.byName(appId, name)) : undefined;
    if (finished) return finished;
    throw new EngineError('NOT_FOUND', `Sandbox with name '${name}' not found`);
  }

  /** A page, newest first. */
  list({ appIds, before = Infinity, includeFinished, tags }: ListQuery): Sandbox[] {
    return [...this.#byId.values()]
      .filter((sandbox) => sandbox.createdAt < before && (includeFinished || sandbox.running))
      .filter((sandbox) => (appIds === undefined || appIds.includes(sandbox.definition.appId)) && hasTags(sandbox.tags, tags))
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, PAGE);
  }

  /** Running and finished ones, oldest first. */
  ofApp(appId: string): Sandbox[] {
    return [...this.#byId.values()].filter((sandbox) => sandbox.definition.appId === appId).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** A name is given once; the same one again changes nothing. Throws ALREADY_EXISTS, FAILED_PRECONDITION, INVALID_ARGUMENT. */
  setName(id: string, name: string): void {
    const sandbox = this.get(id);
    checkSandboxName(name);
    if (sandbox.name === name) return;
    if (sandbox.name !== undefined) throw new EngineError('FAILED_PRECONDITION', `Sandbox ${id} already has the name '${sandbox.name}'`);
    if (!sandbox.running) throw new EngineError('FAILED_PRECONDITION', `Sandbox ${id} has already finished`);
    this.#takeName(sandbox.definition.appId, name, id);
    sandbox.name = name;
    this.#releaseNameAtEnd(sandbox, name);
  }

  /** Replaces the whole set. Throws INVALID_ARGUMENT. */
  setTags(id: string, tags: Readonly<Record<string, string>>): void {
    const sandbox = this.get(id);
    checkTags(tags);
    sandbox.tags = tags;
  }

  /** Ends every sandbox; resolves when nothing of them is left, but for what they wrote. */
  async terminateAll(): Promise<void> {
    await Promise.allSettled(this.#creating);
    const sandboxes = [...this.#byId.values()];
    for (const sandbox of sandboxes) sandbox.terminate();
    await Promise.all(sandboxes.map((sandbox) => sandbox.finished));
    await Promise.all(this.#releases);
  }

  /** As `terminateAll`, and forgets them. */
  async reset(): Promise<void> {
    await this.terminateAll();
    await this.#finished.forgetAll();
  }

  async close(): Promise<void> {
    this.#closing.abort(new EngineError('UNAVAILABLE', 'The engine is stopping'));
    await this.reset();
  }

  #tracked<T>(creation: Promise<T>): Promise<T> {
    this.#creating.add(creation);
    const settled = () => void this.#creating.delete(creation);
    creation.then(settled, settled);
    return creation;
  }

  async #create(definition: SandboxDefinition): Promise<Sandbox> {
    this.#closing.signal.throwIfAborted();
    const { world, host, images, certificate } = this.#drivers;
    checkDefinition(definition);
    const limits = resourceLimits(definition.resources, host);
    const id = mintSandboxId(world, definition.generation);
    const begunAt = world.elapsed();
    const createdAt = (this.#latestCreation = Math.max(world.now(), this.#latestCreation + 1));
    if (definition.name !== undefined) this.#takeName(definition.appId, definition.name, id);
    try {
      const identity = { id, taskId: mintTaskId(world, definition.generation), createdAt, begunAt };
      const identified = this.#identified(identity, definition);
      const image = await images.root(definition.imageId);
      const diskBytes = definition.resources.diskMiB * MEBIBYTE || host.diskBytes;
      const { network: policy, volumes, buckets } = definition;
      const outbound = this.#interceptor(definition);
      const interceptor = outbound === undefined ? {} : { interceptor: outbound };
      const machine = await assemble(this.#drivers, { id, image, limits, policy, ...interceptor, volumes, buckets, ...(diskBytes ? { diskBytes } : {}) }, this.#closing.signal);
      const sandbox = new Sandbox(identity, identified, machine, { image, world, outbound, spoolDirectory: this.#drivers.runDirectory, reportDefect: this.#drivers.reportDefect });
      this.#register(sandbox);
      try {
        this.#past.begin(sandbox);
        await Promise.all([sandbox.openTunnels(certificate), sandbox.startEntrypoint()]);
      } catch (error) {
        sandbox.terminate();
        throw error;
      }
      return sandbox;
    } catch (error) {
      if (definition.name !== undefined) this.#dropName(definition.appId, definition.name, id);
      throw error;
    }
  }

  #identified(identity: { id: string; taskId: string }, definition: SandboxDefinition): SandboxDefinition {
    if (!definition.includeIdentityToken) return definition;
    const token = this.#drivers.identityToken({ ...identity, appId: definition.appId }, definition.timeoutMs);
    return { ...definition, env: { ...definition.env, MODAL_IDENTITY_TOKEN: token } };
  }

  #interceptor({ outbound }: SandboxDefinition): OutboundInterceptor | undefined {
    if (outbound === undefined) return undefined;
    this.#authority ??= new OutboundAuthority(Date.now());
    return new OutboundInterceptor({ authority: this.#authority, policy: outbound });
  }

  #register(sandbox: Sandbox): void {
    this.#byId.set(sandbox.id, sandbox);
    this.#byTask.set(sandbox.taskId, sandbox);
    if (sandbox.name !== undefined) this.#releaseNameAtEnd(sandbox, sandbox.name);
    const attempt = async (what: string, action: () => void | Promise<void>) => {
      try {
        await action();
      } catch (error) {
        this.#drivers.reportDefect(`${what} of ${sandbox.id}`, error);
      }
    };
    const released = sandbox.finished.then(async (result) => {
      this.#finished.add(sandbox);
      await attempt('record', () => this.#past.end(sandbox, result));
      await attempt('end', () => this.#drivers.atEnd(sandbox));
      await attempt('release', () => sandbox.machine.release());
    });
    this.#releases.add(released);
    void released.finally(() => this.#releases.delete(released));
  }

  #takeName(appId: string, name: string, id: string): void {
    const holder = this.#names.get(nameKey(appId, name));
    if (holder !== undefined && (this.#byId.get(holder)?.running ?? true)) {
      throw new EngineError('ALREADY_EXISTS', `Sandbox with name '${name}' already exists in this App: ${holder}`);
    }
    this.#names.set(nameKey(appId, name), id);
  }

  #releaseNameAtEnd(sandbox: Sandbox, name: string): void {
    void sandbox.finished.then(() => this.#dropName(sandbox.definition.appId, name, sandbox.id));
  }

  #dropName(appId: string, name: string, id: string): void {
    const key = nameKey(appId, name);
    if (this.#names.get(key) === id) this.#names.delete(key);
  }
}

function nameKey(appId: string, name: string): string {
  return `${appId}/${name}`;
}

function found<T = Sandbox>(sandbox: T | undefined, id: string): T {
  if (sandbox) return sandbox;
  throw new EngineError('NOT_FOUND', `Sandbox ${id} not found: it never existed, or it ended long ago`);
}
