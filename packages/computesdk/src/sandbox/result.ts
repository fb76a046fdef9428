// What a command or a piece of code gave back.

/** The outcome of `runCommand` and `runCode`. A non-zero `exitCode` is a result, not an error. */
export interface ExecutionResult {
  /** Standard output, decoded as UTF-8. */
  stdout: string;
  /** Standard error, decoded as UTF-8. */
  stderr: string;
  /**
   * 0 is success; 124 when the command's `timeout` passed; 126 not executable; 127 no such program; 128+n ended by
   * signal n. Always 0 for a background command, which has only been started.
   */
  exitCode: number;
  /** Milliseconds from the call to the result. */
  executionTime: number;
  /** The same as `executionTime`, under its later name. */
  durationMs: number;
  sandboxId: string;
  /** The provider's name. */
  provider: string;
  /** Process id inside the sandbox, of a background command. */
  pid?: number;
  /** Whether the command was started in the background. */
  isBackground?: boolean;
}
