// The SDK takes no AbortSignal: a caller's signal ends the wait for a call, not the call.

import { AbortedError, checkSignal } from 'computesdk';

import { fromModal } from './from-modal.js';

/** Runs `call`, converts what it throws, and rejects with an AbortedError as soon as `signal` fires. */
export async function abortable<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  if (signal !== undefined) checkSignal(signal);
  AbortedError.throwIfAborted(signal);
  const running = call().catch((error: unknown) => {
    throw fromModal(error);
  });
  if (!signal) return running;
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(new AbortedError(undefined, { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    // When the signal wins, a later failure of the call has nobody left to hear it: Promise.race handles it.
    return await Promise.race([running, aborted]);
  } finally {
    stop();
  }
}
