// The provider could not: it is away, it lacks the feature, it was never chosen, or it broke.

import { ComputeError, type ErrorFacts } from './compute-error.js';

/** The network or the provider's service failed. Always retryable. */
export class UnavailableError extends ComputeError {
  override readonly name = 'UnavailableError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { retryable: true, ...facts, code: 'unavailable' });
  }
}

/** The provider does not have this feature. */
export class UnsupportedError extends ComputeError {
  override readonly name = 'UnsupportedError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'unsupported' });
  }
}

/** Neither configured nor passed: there is no provider to ask. */
export class ProviderMissingError extends ComputeError {
  override readonly name = 'ProviderMissingError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'provider_missing' });
  }
}

/** A defect, ours or the provider's: something came back that nothing should send. */
export class InternalError extends ComputeError {
  override readonly name = 'InternalError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'internal' });
  }
}
