// A second line behind the SDK's own quick retries (three within a second), for calls that are safe to repeat.

import { isComputeError, RateLimitError } from 'computesdk';
import { setTimeout as delay } from 'node:timers/promises';

import { fromModal } from '../errors/from-modal.js';

const firstDelayMs = 500;
const attempts = 3;

/** Repeats `call` while it fails retryably, after 0.5 s and then 1 s, or when the error says. Only for calls without side effects. */
export async function retried<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const failure = fromModal(error);
      if (!isComputeError(failure) || !failure.retryable || failure.code !== 'unavailable' || attempt === attempts) throw failure;
      const asked = failure instanceof RateLimitError ? failure.retryAfterMs : undefined;
      await delay(asked ?? firstDelayMs * 2 ** (attempt - 1), undefined, signal ? { signal } : {});
    }
  }
}
