// What a provider is, and what helps to write one.

export { abortableCreate } from './abortable-create.js';
export { checkContent, checkGetUrlOptions, checkPath, checkSignal } from './arguments.js';
export { createBackgroundCommand, type PreparedCommand } from './background-command.js';
export { type CodeCall, type CommandCall, readCodeCall, readCommandCall, readRuntime, toArgv } from './command-call.js';
export { createProvider } from './create-provider.js';
export { checkMaxOutput, defaultMaxOutput } from './max-output.js';
export { isProvider } from './is-provider.js';
export type {
  FilesystemMethods,
  NativeSandbox,
  ProviderConfig,
  RawFileEntry,
  RawInfo,
  RawResult,
  RunProgram,
  SandboxMethods,
  SnapshotMethods,
  TemplateMethods,
} from './methods.js';
export type { ListSandboxesOptions, Provider, ProviderSandboxManager } from './provider.js';
export { checkEnvironment, checkMilliseconds, checkRunCommandOptions } from './run-options.js';
export type { CreateSnapshotOptions, ListSnapshotsOptions, ProviderSnapshotManager, Snapshot } from './snapshots.js';
export type {
  CreateTemplateOptions,
  ListTemplatesOptions,
  ProviderTemplateManager,
  Template,
} from './templates.js';
export type { CreateOptionsOf, InstanceOf, TypedSandbox } from './typed.js';
