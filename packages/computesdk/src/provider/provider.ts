// What a provider is: a plain object, recognised by its shape.

import type { CallOptions } from '../sandbox/call-options.js';
import type { Runtime } from '../sandbox/command-options.js';
import type { CreateSandboxOptions } from '../sandbox/create-options.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { ProviderSnapshotManager, Snapshot } from './snapshots.js';
import type { ProviderTemplateManager, Template } from './templates.js';

export interface ListSandboxesOptions extends CallOptions {
  /** Only sandboxes that carry all of these. */
  tags?: Record<string, string> | undefined;
  /** At most this many. Default: all. */
  limit?: number | undefined;
}

/** Sandboxes of one provider. */
export interface ProviderSandboxManager<
  TInstance = unknown,
  TCreate extends CreateSandboxOptions = CreateSandboxOptions,
> {
  create(options?: TCreate): Promise<Sandbox<TInstance>>;
  /** `null` when there is none with this id; any other failure throws. */
  getById(sandboxId: string, options?: CallOptions): Promise<Sandbox<TInstance> | null>;
  list(options?: ListSandboxesOptions): Promise<Sandbox<TInstance>[]>;
  /** Ends the sandbox. One that is not there is not an error; one that may live on is. */
  destroy(sandboxId: string, options?: CallOptions): Promise<void>;
  /** The running sandbox of this name, else a new one. */
  getOrCreate?(options: TCreate & { name: string }): Promise<Sandbox<TInstance>>;
}

/** A service that runs sandboxes. `TInstance` is the type of its native sandbox object. */
export interface Provider<
  TInstance = unknown,
  TTemplate extends Template = Template,
  TSnapshot extends Snapshot = Snapshot,
  TCreate extends CreateSandboxOptions = CreateSandboxOptions,
> {
  readonly name: string;
  readonly sandbox: ProviderSandboxManager<TInstance, TCreate>;
  readonly template?: ProviderTemplateManager<TTemplate>;
  readonly snapshot?: ProviderSnapshotManager<TSnapshot>;
  /** Languages that `runCode` takes. */
  getSupportedRuntimes(): Runtime[];
  /** Frees connections; sandboxes live on. */
  close?(): Promise<void>;
  /** Never set: carries the type of the native sandbox object. */
  readonly __sandboxType?: TInstance;
}
