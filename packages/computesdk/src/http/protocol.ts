// What travels between a browser and `handleComputeRequest`: one JSON object each way.

import type { ComputeErrorCode } from '../errors/code.js';
import type { Snapshot } from '../provider/snapshots.js';
import type { Template } from '../provider/templates.js';
import type { RunCommandOptions } from '../sandbox/command-options.js';
import type { FileEntry } from '../sandbox/filesystem.js';
import type { SandboxInfo } from '../sandbox/info.js';
import type { ExecutionResult } from '../sandbox/result.js';
import type { ComputeAction } from './actions/table.js';

export type { ComputeAction };

/** How file contents are written in JSON. */
export type FileEncoding = 'utf8' | 'base64';

/** A request. Which fields an action needs is told by its error messages: `path is required`. */
export interface ComputeRequest {
  action: ComputeAction;
  /** The sandbox. `runCode` and `runCommand` without one create it, run, and destroy it. */
  sandboxId?: string | undefined;
  code?: string | undefined;
  /** With `args` a program, without them a line for a shell. */
  command?: string | undefined;
  args?: string[] | undefined;
  /** Language of `code`. */
  runtime?: string | undefined;
  path?: string | undefined;
  content?: string | undefined;
  /** Of `content` and `fileContent`. Default `utf8`. */
  encoding?: FileEncoding | undefined;
  commandOptions?: Pick<RunCommandOptions, 'background' | 'cwd' | 'env' | 'maxOutput' | 'timeout' | 'user'> & { stdin?: string | undefined };
  /** Options of `create`, flat, handed to the provider. */
  options?: Record<string, unknown> | undefined;
  /** Of `getUrl`. */
  port?: number | undefined;
  /** Of `getUrl`. */
  protocol?: string | undefined;
  /** Of `list`: only sandboxes that carry all of these. */
  tags?: Record<string, string> | undefined;
  /** Of the lists: at most this many. */
  limit?: number | undefined;
  /** Of snapshots, templates and `getOrCreate`. */
  name?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  snapshotId?: string | undefined;
  templateId?: string | undefined;
}

/** A date as JSON has it: ISO 8601. */
export type InJson<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] };

/** The answer to any action; `success` tells which half is filled. */
export interface ComputeResponse {
  success: boolean;
  /** The sandbox of the request or the new one; empty where there is none. */
  sandboxId: string;
  /** The provider's name. */
  provider: string;

  /** What went wrong, in a sentence. */
  error?: string;
  /** What to branch on. */
  code?: ComputeErrorCode;
  /** What to do. */
  suggestion?: string;
  /** The field of the request at fault. */
  field?: string;
  /** Whether the same request may succeed later. */
  retryable?: boolean;
  /** Milliseconds to wait before another try. */
  retryAfterMs?: number;

  /** Of `runCode` and `runCommand`. */
  result?: Pick<ExecutionResult, 'stdout' | 'stderr' | 'exitCode' | 'executionTime' | 'durationMs' | 'pid' | 'isBackground'>;
  /** Of `getInfo`. */
  info?: InJson<SandboxInfo>;
  /** Of `list`. */
  sandboxes?: { sandboxId: string; provider: string }[];
  /** Of `filesystem.readFile`. */
  fileContent?: string;
  encoding?: FileEncoding;
  /** Of `filesystem.readdir`. */
  files?: InJson<FileEntry>[];
  /** Of `filesystem.stat`. */
  file?: InJson<FileEntry>;
  /** Of `filesystem.exists`. */
  exists?: boolean;
  /** Of `getUrl`. */
  url?: string;
  /** Of `snapshot.create`. */
  snapshot?: InJson<Snapshot>;
  /** Of `snapshot.list`. */
  snapshots?: InJson<Snapshot>[];
  /** Of `template.create`. */
  template?: InJson<Template>;
  /** Of `template.list`. */
  templates?: InJson<Template>[];
}
