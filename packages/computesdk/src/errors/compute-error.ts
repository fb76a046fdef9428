// The one base of everything that this package and its providers throw on purpose.

import type { ComputeErrorCode } from './code.js';

// Shared across the ESM and CJS builds and across copies of this package, where `instanceof` fails.
const brand = Symbol.for('computesdk.ComputeError');

/** Facts common to every error. */
export interface ComputeErrorOptions {
  /** What the caller branches on. */
  code: ComputeErrorCode;
  /** Whether the same call may succeed later without any change. Default `false`. */
  retryable?: boolean | undefined;
  /** One sentence that says what to do. */
  suggestion?: string | undefined;
  /** The error that led to this one. */
  cause?: unknown;
}

/** The options of a subclass whose `code` is fixed. */
export type ErrorFacts = Omit<ComputeErrorOptions, 'code'>;

/** What crosses a process boundary: no stack, no cause. */
export interface SerializedComputeError {
  code: ComputeErrorCode;
  message: string;
  retryable: boolean;
  suggestion?: string;
  /** The argument or option at fault. */
  field?: string;
  /** Milliseconds to wait before another try. */
  retryAfterMs?: number;
}

/** An expected failure: `code` to branch on, `message` to read, `suggestion` to follow, `cause` to dig. */
export class ComputeError extends Error {
  override readonly name: string = 'ComputeError';
  readonly code: ComputeErrorCode;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** One sentence that says what to do, where there is something to do. */
  readonly suggestion: string | undefined;

  constructor(message: string, options: ComputeErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.suggestion = options.suggestion;
    Object.defineProperty(this, brand, { value: true });
  }

  /** The error without its stack and cause, safe to send to a client. */
  toJSON(): SerializedComputeError {
    const { code, message, retryable, suggestion } = this;
    return { code, message, retryable, ...(suggestion === undefined ? {} : { suggestion }) };
  }
}

/** Whether `error` is a ComputeError of this or of another copy of the package. */
export function isComputeError(error: unknown): error is ComputeError {
  return typeof error === 'object' && error !== null && brand in error;
}
