// Runs a host program to its end with bounded output, so that a failing or hanging tool becomes a clear error.

import { spawn } from 'node:child_process';
import { DiskFullError, saysDiskFull } from './disk-full.js';

/** Of each stream, in characters: a list of all routes of a large host is some megabytes. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

export interface CommandResult {
  /** The exit code; 128 + signal when a signal ended it; 127 when the program is not installed. */
  code: number;
  /** Of each stream, the first 16 Mi characters. */
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string;
  /** What it reads from stdin; nothing when absent. */
  input?: string;
  /** Milliseconds until SIGKILL; 60,000 when absent. */
  timeoutMs?: number;
}

/** Resolves whatever the exit code; a missing program has code 127. */
export async function runCommand(argv: readonly [string, ...string[]], options: CommandOptions = {}): Promise<CommandResult> {
  const [program, ...args] = argv;
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        output[name] += chunk.slice(0, OUTPUT_LIMIT - output[name].length);
      });
    }
    // A program that ends before it has read its input breaks the pipe; its exit code tells why.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') child.kill('SIGKILL');
    });
    child.stdin.end(options.input);
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ code: 127, stdout: '', stderr: error.message });
      else reject(error);
    });
    child.once('close', (code, signal) => {
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 128), ...output });
    });
  });
}

/** As {@link runCommand}, but rejects with the program's own words when it fails: DiskFullError when they say so. */
export async function runChecked(argv: readonly [string, ...string[]], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(argv, options);
  if (result.code !== 0) {
    const words = (result.stderr || result.stdout).trim().slice(0, 2000);
    const message = `\`${argv.join(' ')}\` failed with code ${result.code}: ${words || 'no message'}`;
    throw saysDiskFull(words) ? new DiskFullError(message) : new Error(message);
  }
  return result.stdout;
}
