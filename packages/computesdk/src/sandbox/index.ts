// The types of a sandbox.

export type { CallOptions } from './call-options.js';
export type { ExecutionOptions, RunCodeOptions, RunCommandOptions, Runtime } from './command-options.js';
export type { CreateSandboxOptions } from './create-options.js';
export type { FileEntry, SandboxFileSystem } from './filesystem.js';
export type { SandboxInfo, SandboxStatus } from './info.js';
export type { ExecutionResult } from './result.js';
export type { GetUrlOptions, Sandbox } from './sandbox.js';
