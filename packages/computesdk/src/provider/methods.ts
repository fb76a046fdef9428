// What the author of a provider supplies to `createProvider`. `TConfig` is the factory's argument, `TNative` the service's own sandbox object.

import type { CallOptions } from '../sandbox/call-options.js';
import type { RunCodeOptions, RunCommandOptions, Runtime } from '../sandbox/command-options.js';
import type { CreateSandboxOptions } from '../sandbox/create-options.js';
import type { FileEntry } from '../sandbox/filesystem.js';
import type { SandboxInfo } from '../sandbox/info.js';
import type { ExecutionResult } from '../sandbox/result.js';
import type { GetUrlOptions } from '../sandbox/sandbox.js';
import type { ListSandboxesOptions } from './provider.js';
import type { CreateSnapshotOptions, ListSnapshotsOptions, Snapshot } from './snapshots.js';
import type { CreateTemplateOptions, ListTemplatesOptions, Template } from './templates.js';

/** The service's sandbox object and its id. */
export interface NativeSandbox<TNative> {
  sandbox: TNative;
  sandboxId: string;
}

/** A result as the author knows it; times, ids and names are filled in. */
export type RawResult = Pick<ExecutionResult, 'stdout' | 'stderr' | 'exitCode'> & Partial<ExecutionResult>;

/** Facts as the author knows them; ids and names are filled in, and a date may be text. */
export type RawInfo = Omit<Partial<SandboxInfo>, 'createdAt'> &
  Pick<SandboxInfo, 'status' | 'timeout'> & { createdAt: Date | string };

/** An entry as the author knows it, in the names of either generation; a date may be text. */
export type RawFileEntry = Pick<FileEntry, 'name'> &
  Partial<Omit<FileEntry, 'lastModified' | 'modified'>> & {
    lastModified?: Date | string | undefined;
    modified?: Date | string | undefined;
  };

/** Runs a program without a shell in one sandbox; what file operations can be built on. */
export type RunProgram<TNative> = (
  sandbox: TNative,
  command: string,
  args?: string[],
  options?: RunCommandOptions,
) => Promise<RawResult>;

/** File operations. Each that is missing is done by shell commands, exact for any bytes and names. */
export interface FilesystemMethods<TNative> {
  readFile?(sandbox: TNative, path: string, runCommand: RunProgram<TNative>, options?: CallOptions): Promise<string>;
  readBytes?(sandbox: TNative, path: string, runCommand: RunProgram<TNative>, options?: CallOptions): Promise<Uint8Array>;
  writeFile?(
    sandbox: TNative,
    path: string,
    content: string | Uint8Array,
    runCommand: RunProgram<TNative>,
    options?: CallOptions,
  ): Promise<void>;
  mkdir?(sandbox: TNative, path: string, runCommand: RunProgram<TNative>, options?: CallOptions): Promise<void>;
  readdir?(sandbox: TNative, path: string, runCommand: RunProgram<TNative>, options?: CallOptions): Promise<RawFileEntry[]>;
  stat?(sandbox: TNative, path: string, runCommand: RunProgram<TNative>, options?: CallOptions): Promise<RawFileEntry>;
  exists?(sandbox: TNative, path: string, runCommand: RunProgram<TNative>, options?: CallOptions): Promise<boolean>;
  remove?(sandbox: TNative, path: string, runCommand: RunProgram<TNative>, options?: CallOptions): Promise<void>;
}

export interface SandboxMethods<TNative, TConfig> {
  create(config: TConfig, options?: CreateSandboxOptions): Promise<NativeSandbox<TNative>>;
  /** `null` for "there is none"; throw for any other failure. */
  getById(config: TConfig, sandboxId: string, options?: CallOptions): Promise<NativeSandbox<TNative> | null>;
  list(config: TConfig, options?: ListSandboxesOptions): Promise<NativeSandbox<TNative>[]>;
  /** Resolve for one that is not there; throw when it may live on. */
  destroy(config: TConfig, sandboxId: string, options?: CallOptions): Promise<void>;
  /** Runs a program without a shell; a command line arrives as `sh -c …`. */
  runCommand: RunProgram<TNative>;
  /** Missing: `python3 -c` and `node -e` through `runCommand`, Python when the call does not tell. */
  runCode?(
    sandbox: TNative,
    code: string,
    runtime: Runtime | undefined,
    config: TConfig,
    options?: RunCodeOptions,
  ): Promise<RawResult>;
  getInfo(sandbox: TNative, options?: CallOptions): Promise<RawInfo>;
  getUrl(sandbox: TNative, options: GetUrlOptions): Promise<string>;
  /** What `sandbox.getInstance()` returns. Missing: the native object. */
  getInstance?(sandbox: TNative): TNative;
  filesystem?: FilesystemMethods<TNative>;
}

export interface TemplateMethods<TConfig, TTemplate extends Template = Template> {
  create(config: TConfig, options: CreateTemplateOptions): Promise<TTemplate>;
  list(config: TConfig, options?: ListTemplatesOptions): Promise<TTemplate[]>;
  delete(config: TConfig, templateId: string, options?: CallOptions): Promise<void>;
}

export interface SnapshotMethods<TConfig, TSnapshot extends Snapshot = Snapshot> {
  create(config: TConfig, sandboxId: string, options?: CreateSnapshotOptions): Promise<TSnapshot>;
  list(config: TConfig, options?: ListSnapshotsOptions): Promise<TSnapshot[]>;
  delete(config: TConfig, snapshotId: string, options?: CallOptions): Promise<void>;
}

/** The argument of `createProvider`. */
export interface ProviderConfig<
  TNative,
  TConfig,
  TTemplate extends Template = Template,
  TSnapshot extends Snapshot = Snapshot,
> {
  /** Name of the provider, on every sandbox and result. */
  name: string;
  /** Languages that `runCode` takes. Default: both. */
  runtimes?: readonly Runtime[];
  methods: {
    sandbox: SandboxMethods<TNative, TConfig>;
    template?: TemplateMethods<TConfig, TTemplate>;
    snapshot?: SnapshotMethods<TConfig, TSnapshot>;
  };
}
