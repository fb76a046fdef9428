// An aborted create must leave no sandbox behind, also when the service cannot be interrupted.

import { AbortedError, isAbortError } from '../errors/interrupted.js';

/**
 * Runs `create`; when `signal` fires first, rejects at once with an AbortedError and gives what arrives late to
 * `discard`. A failure of that late `discard` goes to `console.warn`: nobody is left to catch it.
 */
export async function abortableCreate<T>(
  create: () => Promise<T>,
  discard: (late: T) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<T> {
  AbortedError.throwIfAborted(signal);
  const creation = create();
  if (!signal) return creation;
  const { promise: aborted, stop } = whenAborted(signal);
  try {
    return await Promise.race([creation, aborted]);
  } catch (error) {
    if (signal.aborted) {
      creation.then(discard).catch((late: unknown) => {
        if (!isAbortError(late)) console.warn('A sandbox whose creation was aborted could not be destroyed:', late);
      });
    }
    throw error;
  } finally {
    stop();
  }
}

function whenAborted(signal: AbortSignal): { promise: Promise<never>; stop: () => void } {
  let stop = (): void => {};
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(new AbortedError(undefined, { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  return { promise, stop };
}
