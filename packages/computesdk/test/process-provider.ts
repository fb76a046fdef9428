// A provider for the core's own tests: each "sandbox" is a temporary directory in which real processes run, isolated
// from nothing. Real sandboxes are tested in packages/modal.

import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CreateSandboxOptions,
  createBackgroundCommand,
  createProvider,
  type Provider,
  type RawResult,
  type RunCommandOptions,
} from '../src/index.js';

/** The native object of a test sandbox. */
export interface ProcessSandbox {
  directory: string;
  createdAt: Date;
  options: CreateSandboxOptions;
}

export interface ProcessProviderConfig {
  name?: string;
  /** Thrown by every create. */
  createError?: Error;
  /** Awaited by every create before it makes its sandbox. */
  beforeCreate?: () => Promise<void>;
}

export type ProcessProvider = Provider<ProcessSandbox> & {
  /** Live sandboxes by id. */
  readonly live: ReadonlyMap<string, ProcessSandbox>;
} & AsyncDisposable;

export function processProvider(config: ProcessProviderConfig = {}): ProcessProvider {
  const live = new Map<string, ProcessSandbox>();
  let created = 0;

  async function destroy(sandboxId: string): Promise<void> {
    const directory = live.get(sandboxId)?.directory;
    live.delete(sandboxId);
    if (directory) await rm(directory, { recursive: true, force: true });
  }

  const provider = createProvider<ProcessSandbox, ProcessProviderConfig>({
    name: config.name ?? 'process',
    methods: {
      sandbox: {
        async create({ beforeCreate, createError }, options = {}) {
          await beforeCreate?.();
          if (createError) throw createError;
          const directory = await realpath(await mkdtemp(join(tmpdir(), 'computesdk-test-')));
          const sandboxId = `${config.name ?? 'process'}-${++created}`;
          const sandbox = { directory, createdAt: new Date(), options };
          live.set(sandboxId, sandbox);
          return { sandbox, sandboxId };
        },
        async getById(_config, sandboxId) {
          const sandbox = live.get(sandboxId);
          return sandbox ? { sandbox, sandboxId } : null;
        },
        async list(_config, { tags = {}, limit } = {}) {
          return [...live]
            .filter(([, { options }]) => Object.entries(tags).every(([key, value]) => options.tags?.[key] === value))
            .slice(0, limit)
            .map(([sandboxId, sandbox]) => ({ sandbox, sandboxId }));
        },
        destroy: async (_config, sandboxId) => destroy(sandboxId),
        runCommand: ({ directory, options }, command, args = [], runOptions = {}) =>
          runProcess(directory, command, args, { ...runOptions, env: { ...options.env, ...runOptions.env } }),
        getInfo: async ({ createdAt, options }) => ({
          status: 'running',
          createdAt: createdAt.toISOString(),
          timeout: options.timeout ?? 300_000,
          ...(options.metadata && { metadata: options.metadata }),
        }),
        getUrl: async (_sandbox, { port, protocol = 'http' }) => `${protocol}://127.0.0.1:${port}`,
      },
    },
  })(config);

  return Object.assign(provider, {
    live,
    async [Symbol.asyncDispose]() {
      await Promise.all([...live.keys()].map(destroy));
    },
  });
}

async function runProcess(
  directory: string,
  program: string,
  args: readonly string[],
  options: RunCommandOptions,
): Promise<RawResult> {
  const prepared = createBackgroundCommand(program, args, options);
  const child = spawn(prepared.command, prepared.args, {
    cwd: options.cwd ?? directory,
    env: { ...process.env, ...options.env },
    ...(options.signal && { signal: options.signal }),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    output.stdout += data;
    options.onStdout?.(data);
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    output.stderr += data;
    options.onStderr?.(data);
  });
  child.stdin.on('error', ignoreClosedPipe).end(options.stdin ?? '');
  const timer = options.timeout === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.timeout);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(127) : reject(error)));
      child.on('close', (code) => resolve(code ?? 124));
    });
    if (!prepared.isBackground) return { ...output, exitCode };
    return { ...output, stdout: '', exitCode, pid: Number(output.stdout), isBackground: true };
  } finally {
    clearTimeout(timer);
  }
}

/** A program that does not read its input may close it. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
