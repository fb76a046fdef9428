// The surface of `compute`, typed by its default provider `P`.

import type { ListSandboxesOptions, Provider } from '../provider/provider.js';
import type { CreateSnapshotOptions, ListSnapshotsOptions, Snapshot } from '../provider/snapshots.js';
import type { CreateTemplateOptions, ListTemplatesOptions, Template } from '../provider/templates.js';
import type { CreateOptionsOf, TypedSandbox } from '../provider/typed.js';
import type { CallOptions } from '../sandbox/call-options.js';
import type { ComputeConfig, ResolvedComputeConfig } from './config.js';

/** `create` on a provider that the call passes. */
export type CreateSandboxParams<P extends Provider = Provider> = (
  | { provider: P; defaultProvider?: undefined }
  | { defaultProvider: P; provider?: undefined }
) & { options?: CreateOptionsOf<P> | undefined };

/** `create` on the default provider, or on a configured one by its name: options flat, or nested in `options`. */
export type CreateSandboxParamsWithOptionalProvider<P extends Provider = Provider> = {
  provider?: string | undefined;
  defaultProvider?: undefined;
} & ((CreateOptionsOf<P> & { options?: undefined }) | { options?: CreateOptionsOf<P> | undefined });

/** Sandboxes of the default provider `P`, or of one that the call passes first. */
export interface ComputeSandboxes<P extends Provider = Provider> {
  /**
   * A new sandbox, running. Options are those of the provider, flat or in `options`; with neither, its defaults. Throws
   * InvalidArgumentError, UnknownOptionError, ProviderMissingError, and the provider's own, such as QuotaExceededError.
   */
  create<Q extends Provider>(params: CreateSandboxParams<Q> & CreateOptionsOf<Q>): Promise<TypedSandbox<Q>>;
  create(params?: CreateSandboxParamsWithOptionalProvider<P>): Promise<TypedSandbox<P>>;

  /** `null` when there is no such sandbox; any other failure throws. */
  getById(sandboxId: string, options?: CallOptions): Promise<TypedSandbox<P> | null>;
  getById<Q extends Provider>(provider: Q, sandboxId: string, options?: CallOptions): Promise<TypedSandbox<Q> | null>;

  /** The sandboxes that run, of all programs that use the same account; `tags` and `limit` narrow it. */
  list(options?: ListSandboxesOptions): Promise<TypedSandbox<P>[]>;
  list<Q extends Provider>(provider: Q, options?: ListSandboxesOptions): Promise<TypedSandbox<Q>[]>;

  /** Ends a sandbox. One that is not there is not an error; one that may live on is. */
  destroy(sandboxId: string, options?: CallOptions): Promise<void>;
  destroy(provider: Provider, sandboxId: string, options?: CallOptions): Promise<void>;

  /** The running sandbox of this name, else a new one; called as `create` is. Throws UnsupportedError where the provider has no names. */
  getOrCreate(options: CreateOptionsOf<P> & { name: string }): Promise<TypedSandbox<P>>;
}

/** Snapshots of the default provider. Every call throws UnsupportedError where the provider has none. */
export interface ComputeSnapshots {
  /** Keeps the files of a running sandbox, which goes on. Throws SandboxNotFoundError. */
  create(sandboxId: string, options?: CreateSnapshotOptions & NamedProvider): Promise<Snapshot>;
  /** What there is; `sandboxId` and `limit` narrow it. */
  list(options?: ListSnapshotsOptions & NamedProvider): Promise<Snapshot[]>;
  /** Deletes one by its id. One that is not there is not an error. */
  delete(snapshotId: string, options?: CallOptions & NamedProvider): Promise<void>;
}

/** Templates of the default provider. Every call throws UnsupportedError where the provider has none. */
export interface ComputeTemplates {
  /** Builds it, and resolves when it can be used. Options are those of the provider, `name` among them. */
  create(options: CreateTemplateOptions & NamedProvider & ProviderOptions): Promise<Template>;
  /** What there is; `limit` narrows it. */
  list(options?: ListTemplatesOptions & NamedProvider): Promise<Template[]>;
  /** Deletes one by its id. One that is not there is not an error. */
  delete(templateId: string, options?: CallOptions & NamedProvider): Promise<void>;
}

/** Further options, which only the provider knows. */
interface ProviderOptions {
  [option: string]: unknown;
}

/** Another provider than the default one: the object, or the name of a configured one. */
export interface NamedProvider {
  provider?: Provider | string | undefined;
}

/** What `createCompute` returns. */
export interface TypedComputeAPI<P extends Provider = Provider> {
  /**
   * Replaces the configuration of this object and returns it, typed by the new provider. Throws ProviderMissingError, UnknownOptionError or
   * InvalidArgumentError, and then keeps what was.
   */
  setConfig<Q extends Provider>(config: ComputeConfig<Q>): TypedComputeAPI<Q>;
  /** `null` when no provider is configured. */
  getConfig(): ResolvedComputeConfig<P> | null;
  /** Forgets the provider: until the next `setConfig`, each call must pass one. */
  clearConfig(): void;
  readonly sandbox: ComputeSandboxes<P>;
  readonly snapshot: ComputeSnapshots;
  readonly template: ComputeTemplates;
}

/** `compute` without knowledge of its provider. */
export type ComputeAPI = TypedComputeAPI;

/** The `compute` singleton: the API itself, and a function that makes a separate one. */
export interface CallableCompute extends ComputeAPI {
  <P extends Provider>(config: ComputeConfig<P>): TypedComputeAPI<P>;
}
