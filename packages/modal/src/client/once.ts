// Look-ups are done once and shared by those who come meanwhile. A failure is never kept, nor more than some: a server may name a volume
// for each of its users.

export class Once<T> {
  readonly #kept = new Map<string, Promise<T>>();
  readonly #limit: number;

  /** Keeps at most `limit`; the oldest is looked up again. */
  constructor(limit = 1000) {
    this.#limit = limit;
  }

  /** What `make` gave for `key` the first time. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known) return known;
    const made = make();
    this.#kept.set(key, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#limit && oldest !== undefined) this.#kept.delete(oldest);
    made.catch(() => {
      if (this.#kept.get(key) === made) this.#kept.delete(key);
    });
    return made;
  }

  clear(): void {
    this.#kept.clear();
  }
}
