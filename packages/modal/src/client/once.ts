// Look-ups are done once and shared by those who come meanwhile. A failure is never kept.

export class Once<T> {
  readonly #kept = new Map<string, Promise<T>>();

  /** What `make` gave for `key` the first time. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known) return known;
    const made = make();
    this.#kept.set(key, made);
    made.catch(() => {
      if (this.#kept.get(key) === made) this.#kept.delete(key);
    });
    return made;
  }

  /** Keeps what was made elsewhere. */
  set(key: string, value: T): void {
    this.#kept.set(key, Promise.resolve(value));
  }

  clear(): void {
    this.#kept.clear();
  }
}
