// What a provider is, and what helps to write one.

export { isProvider } from './is-provider.js';
export type { ListSandboxesOptions, Provider, ProviderSandboxManager } from './provider.js';
export type { CreateSnapshotOptions, ListSnapshotsOptions, ProviderSnapshotManager, Snapshot } from './snapshots.js';
export type { CreateTemplateOptions, ListTemplatesOptions, ProviderTemplateManager, Template } from './templates.js';
export type { CreateOptionsOf, InstanceOf, TypedSandbox } from './typed.js';
