// Which provider a sandbox is at. Only a hint, which saves the search: the oldest are forgotten, so that a server can run for ever.

import type { Provider } from '../provider/provider.js';

export class Owners {
  readonly #owners = new Map<string, Provider>();
  readonly #limit: number;

  /** Remembers at most `limit` sandboxes. */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#owners.size;
  }

  set(sandboxId: string, owner: Provider): void {
    // The end of a Map is its newest entry.
    this.#owners.delete(sandboxId);
    this.#owners.set(sandboxId, owner);
    const [oldest] = this.#owners.keys();
    if (this.#owners.size > this.#limit && oldest !== undefined) this.#owners.delete(oldest);
  }

  get(sandboxId: string): Provider | undefined {
    return this.#owners.get(sandboxId);
  }

  delete(sandboxId: string): void {
    this.#owners.delete(sandboxId);
  }
}
