// Waiting for something on behalf of a caller who may leave, or who has only so much time.

/** The event's value; rejects with the signal's reason when it aborts first. */
export function abandonable<T>(event: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return event;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abandon = () => reject(signal.reason);
    const settle = () => signal.removeEventListener('abort', abandon);
    signal.addEventListener('abort', abandon, { once: true });
    event.then(
      (value) => (settle(), resolve(value)),
      (error: unknown) => (settle(), reject(error)),
    );
  });
}

/** The event's value, or undefined after `milliseconds`. */
export async function longPoll<T>(event: Promise<T>, milliseconds: number, signal?: AbortSignal): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  // Node's timers overflow beyond 2^31 milliseconds.
  const timeout = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, Math.min(milliseconds, 0x7fff_ffff), undefined)));
  try {
    return await abandonable(Promise.race([event, timeout]), signal);
  } finally {
    clearTimeout(timer);
  }
}
