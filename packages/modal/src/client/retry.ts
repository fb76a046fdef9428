// A second line behind the SDK's own quick retries (three within a second), for calls that are safe to repeat.

import { setTimeout as delay } from 'node:timers/promises';

import { fromModal } from '../errors/from-modal.js';

const firstDelayMs = 500;
const attempts = 3;

/**
 * Repeats `call` while Modal is unavailable, after 0.5 s and then 1 s. Only for calls without side effects. Where Modal says how long
 * to wait, the SDK has waited already.
 */
export async function retried<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const failure = fromModal(error);
      if (failure.code !== 'unavailable' || attempt === attempts) throw failure;
      await delay(firstDelayMs * 2 ** (attempt - 1), undefined, signal ? { signal } : {});
    }
  }
}
