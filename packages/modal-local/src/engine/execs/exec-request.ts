// What it takes to run a command in a sandbox, checked.

import path from 'node:path';

import { EngineError } from '../errors.js';

/** As Modal's SDK counts: the sum of the arguments' lengths. */
export const MAX_ARGUMENTS_LENGTH = 65_536;
const MAX_PTY_SIZE = 65_535;

export interface PtySize {
  rows: number;
  columns: number;
}

export interface ExecRequest {
  id: string;
  argv: readonly string[];
  /** Added to the sandbox's own; wins over it. */
  env: Readonly<Record<string, string>>;
  /** Absolute; the sandbox's when absent. */
  workdir?: string;
  /** The tree of processes is killed after it. */
  timeoutMs?: number;
  pty?: PtySize;
  stdout: 'pipe' | 'null';
  stderr: 'pipe' | 'null' | 'stdout';
}

/** Throws INVALID_ARGUMENT. */
export function checkExecRequest({ id, argv, workdir, pty }: ExecRequest): void {
  if (id === '' || id.length > 128) throw invalid(`An exec id is 1 to 128 characters long; got ${id.length}`);
  checkArgv(argv);
  if (workdir !== undefined) checkWorkdir(workdir);
  if (pty) checkPtySize(pty);
}

export function checkArgv(argv: readonly string[]): void {
  const [program] = argv;
  if (program === undefined || program === '') throw invalid('A command needs at least the name of a program');
  if (argv.some((argument) => argument.includes('\0'))) throw invalid('An argument of the command holds a NUL character, which no process can receive');
  const length = argv.reduce((sum, argument) => sum + argument.length, 0);
  if (length > MAX_ARGUMENTS_LENGTH) {
    throw invalid(`Total length of CMD arguments must be less than ${MAX_ARGUMENTS_LENGTH} bytes (ARG_MAX). Got ${length} bytes. Pass long input through stdin or a file`);
  }
}

export function checkWorkdir(workdir: string): void {
  if (!path.posix.isAbsolute(workdir)) throw invalid(`workdir must be an absolute path, got: ${workdir}`);
  if (workdir.includes('\0')) throw invalid('workdir holds a NUL character');
}

export function checkPtySize({ rows, columns }: PtySize): void {
  if (rows > MAX_PTY_SIZE || columns > MAX_PTY_SIZE) throw invalid(`A terminal has at most ${MAX_PTY_SIZE} rows and columns; got ${rows} and ${columns}`);
}

function invalid(message: string): EngineError {
  return new EngineError('INVALID_ARGUMENT', message);
}
