// How a command or a piece of code runs.

import type { CallOptions } from './call-options.js';

/** What `runCommand` and `runCode` share. */
export interface ExecutionOptions extends CallOptions {
  /** Working directory, absolute or from the sandbox's on. Default: the sandbox's. */
  cwd?: string | undefined;
  /** Environment variables on top of the sandbox's. */
  env?: Record<string, string> | undefined;
  /** Limit in milliseconds; past it the process is killed and the exit code is 124. Default: none. */
  timeout?: number | undefined;
  /** Called with each piece of standard output while the command runs; the pieces together are `stdout`. */
  onStdout?: ((data: string) => void) | undefined;
  /** Called with each piece of standard error while the command runs. */
  onStderr?: ((data: string) => void) | undefined;
  /**
   * Bytes of each stream that the result keeps, from 1 to 536 870 888 (the longest text that V8 holds). Default 67 108 864 (64 MiB).
   * A program that prints more is killed, and the call throws an OutputLimitError with the output so far. `0` keeps nothing: the
   * streams go, without limit, to `onStdout` and `onStderr`, which both must be there, and are empty in the result.
   */
  maxOutput?: number | undefined;
  /** Written to standard input, which is then closed. Default: empty. */
  stdin?: string | Uint8Array | undefined;
  /** User to run as, a name or id in the sandbox. Default: the image's. */
  user?: string | undefined;
}

/** Options of `runCommand`. */
export interface RunCommandOptions extends ExecutionOptions {
  /** Return at once with the `pid` and leave the command running. Not together with callbacks. Default `false`. */
  background?: boolean | undefined;
}

/** Options of `runCode`. */
export interface RunCodeOptions extends ExecutionOptions {
  /** Language of the code. Default: detected from the code, else the sandbox's runtime. */
  runtime?: Runtime | undefined;
}

/** Languages that `runCode` takes. */
export type Runtime = 'node' | 'python';
