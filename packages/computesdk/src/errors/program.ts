// What the user's own program did wrong: code that does not parse, a non-zero exit, output without end.

import { ComputeError, type ErrorFacts } from './compute-error.js';

export interface CodeSyntaxFacts extends ErrorFacts {
  /** What the interpreter printed. */
  stderr?: string | undefined;
}

/** The code given to `runCode` does not parse; it did not run. The message starts with `Syntax error`. */
export class CodeSyntaxError extends ComputeError {
  override readonly name = 'CodeSyntaxError';
  /** What the interpreter printed. */
  readonly stderr: string | undefined;

  constructor(detail: string, facts: CodeSyntaxFacts = {}) {
    super(`Syntax error: ${detail}`, { ...facts, code: 'syntax_error' });
    this.stderr = facts.stderr;
  }
}

/** How a command ended. */
export interface CommandExit {
  exitCode: number;
  stdout: string;
  stderr: string;
  error?: string | undefined;
}

/** For callers who want a throw where `runCommand` returns a non-zero exit code. Nothing here throws it by itself. */
export class CommandExitError extends ComputeError {
  override readonly name = 'CommandExitError';
  readonly result: CommandExit;

  constructor(result: CommandExit, facts: ErrorFacts = {}) {
    super(`Command exited with code ${result.exitCode}`, { ...facts, code: 'command_exit' });
    this.result = result;
  }
}

/** Whether `error` is a CommandExitError of this or of another copy of the package, or one that crossed a process boundary. */
export function isCommandExitError(error: unknown): error is CommandExitError {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'CommandExitError' && 'result' in error;
}

/** What a program had printed when its output passed the limit. */
export interface OutputLimitFacts extends ErrorFacts {
  /** The limit, in bytes of each stream. */
  maxOutput: number;
  /** Standard output so far. */
  stdout: string;
  /** Standard error so far. */
  stderr: string;
}

/** A program printed more than `maxOutput` bytes to one stream. It was killed, if it still ran. */
export class OutputLimitError extends ComputeError {
  override readonly name = 'OutputLimitError';
  /** The limit, in bytes of each stream. */
  readonly maxOutput: number;
  /** Standard output so far. */
  readonly stdout: string;
  /** Standard error so far. */
  readonly stderr: string;

  constructor({ maxOutput, stdout, stderr, ...facts }: OutputLimitFacts) {
    super(`The program printed more than the ${maxOutput} bytes of a stream that a result keeps (maxOutput)`, {
      suggestion:
        'Redirect the output to a file and read that, raise `maxOutput`, or take the output through onStdout and onStderr with `maxOutput: 0`.',
      ...facts,
      code: 'output_limit',
    });
    this.maxOutput = maxOutput;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}
