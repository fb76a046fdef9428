// The two ways in which a caller ends a command: a time limit and an AbortSignal.

import { AbortedError } from 'computesdk';

export interface Interruption {
  /** Resolves when the time is up; rejects with an AbortedError when the signal fires; else stays pending. */
  promise: Promise<void>;
  stop(): void;
}

/** `remaining` is in milliseconds. */
export function interruption(remaining: number | undefined, signal: AbortSignal | undefined): Interruption {
  let stop = (): void => {};
  const promise = new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(new AbortedError(undefined, { cause: signal?.reason }));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort);
    // Longer than a timer can wait, three weeks, is longer than any sandbox lives.
    const timer = remaining !== undefined && remaining < 2 ** 31 ? setTimeout(resolve, remaining) : undefined;
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  promise.catch(() => {});
  return { promise, stop };
}
