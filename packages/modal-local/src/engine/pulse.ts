// Wakes everyone who waits for something to change, at once and without polling.

export class Pulse {
  readonly #waiters = new Set<() => void>();

  fire(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolves at the next `fire`; rejects with the signal's reason when it aborts. */
  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#waiters.delete(wake);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      this.#waiters.add(wake);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
