// Limits that were reached: of the account or the machine, or of the rate of calls.

import { ComputeError, type ErrorFacts, type SerializedComputeError } from './compute-error.js';

/** A usage limit or the provider's capacity is exhausted. */
export class QuotaExceededError extends ComputeError {
  override readonly name = 'QuotaExceededError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'quota_exceeded' });
  }
}

export interface RateLimitFacts extends ErrorFacts {
  /** Milliseconds to wait before another try, where the provider said. */
  retryAfterMs?: number | undefined;
}

/** Too many calls in a short time. Always retryable. */
export class RateLimitError extends ComputeError {
  override readonly name = 'RateLimitError';
  /** Milliseconds to wait before another try, where the provider said. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: RateLimitFacts = {}) {
    super(message, { retryable: true, ...facts, code: 'rate_limited' });
    this.retryAfterMs = facts.retryAfterMs;
  }

  override toJSON(): SerializedComputeError {
    const { retryAfterMs } = this;
    return { ...super.toJSON(), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
}
