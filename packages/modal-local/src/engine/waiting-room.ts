// Callers that wait for something to happen to one of many keys; nothing is kept for a key that nobody waits for.

export class WaitingRoom {
  readonly #waiters = new Map<string, Set<() => void>>();

  /** Resolves when the key is called or the time is over; rejects with the signal's reason when it aborts. */
  wait(key: string, milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abandon);
        this.#leave(key, wake);
      };
      const wake = () => {
        leave();
        resolve();
      };
      const abandon = () => {
        leave();
        reject(signal?.reason);
      };
      const timer = setTimeout(wake, milliseconds);
      signal?.addEventListener('abort', abandon, { once: true });
      this.#enter(key, wake);
    });
  }

  /** In the order of their coming. */
  call(key: string): void {
    for (const wake of [...(this.#waiters.get(key) ?? [])]) wake();
  }

  callAll(concerned: (key: string) => boolean): void {
    for (const key of [...this.#waiters.keys()].filter(concerned)) this.call(key);
  }

  #enter(key: string, wake: () => void): void {
    const present = this.#waiters.get(key) ?? new Set();
    this.#waiters.set(key, present.add(wake));
  }

  #leave(key: string, wake: () => void): void {
    const present = this.#waiters.get(key);
    present?.delete(wake);
    if (present?.size === 0) this.#waiters.delete(key);
  }
}
