// What the user's own program did wrong: code that does not parse, a non-zero exit.

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
