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
  create<Q extends Provider>(params: CreateSandboxParams<Q> & CreateOptionsOf<Q>): Promise<TypedSandbox<Q>>;
  create(params?: CreateSandboxParamsWithOptionalProvider<P>): Promise<TypedSandbox<P>>;

  /** `null` when there is no such sandbox; any other failure throws. */
  getById(sandboxId: string, options?: CallOptions): Promise<TypedSandbox<P> | null>;
  getById<Q extends Provider>(provider: Q, sandboxId: string, options?: CallOptions): Promise<TypedSandbox<Q> | null>;

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
  create(sandboxId: string, options?: CreateSnapshotOptions & NamedProvider): Promise<Snapshot>;
  list(options?: ListSnapshotsOptions & NamedProvider): Promise<Snapshot[]>;
  delete(snapshotId: string, options?: CallOptions & NamedProvider): Promise<void>;
}

/** Templates of the default provider. Every call throws UnsupportedError where the provider has none. */
export interface ComputeTemplates {
  create(options: CreateTemplateOptions & NamedProvider & ProviderOptions): Promise<Template>;
  list(options?: ListTemplatesOptions & NamedProvider): Promise<Template[]>;
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
  /** Replaces the configuration of this object and returns it, typed by the new provider. */
  setConfig<Q extends Provider>(config: ComputeConfig<Q>): TypedComputeAPI<Q>;
  /** `null` when no provider is configured. */
  getConfig(): ResolvedComputeConfig<P> | null;
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
