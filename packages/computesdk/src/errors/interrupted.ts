// Calls that ended early: the time was up, or the caller said stop.

import { ComputeError, type ErrorFacts } from './compute-error.js';

export interface TimeoutFacts extends ErrorFacts {
  /** The limit that passed, in milliseconds. */
  timeoutMs?: number | undefined;
}

/** A call took longer than its limit. (A *command* past its own `timeout` is a result with exit code 124.) */
export class TimeoutError extends ComputeError {
  override readonly name = 'TimeoutError';
  readonly timeoutMs: number | undefined;

  constructor(message: string, facts: TimeoutFacts = {}) {
    super(message, { retryable: true, ...facts, code: 'timeout' });
    this.timeoutMs = facts.timeoutMs;
  }
}

/** The caller's AbortSignal fired. Named `AbortError`, as the web platform does. */
export class AbortedError extends ComputeError {
  override readonly name = 'AbortError';

  constructor(message = 'The operation was aborted', facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'aborted' });
  }

  /** Throws when `signal` has already fired; the signal's reason becomes the cause. */
  static throwIfAborted(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new AbortedError(undefined, { cause: signal.reason });
  }
}

/** Whether `error` says that a signal fired: an AbortedError, or what fetch, Node and other packages throw for it. */
export function isAbortError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AbortError';
}
