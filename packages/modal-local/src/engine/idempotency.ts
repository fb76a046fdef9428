// One result for one intention: a call that is sent again with its key gets what the first one got, or joins it while
// it runs. When every caller has gone before the end, and none comes back, the result is undone.

import { abandonable } from './long-poll.js';
import type { World } from './world.js';

/** The SDK retries within two seconds, but honours longer hints. */
const GRACE_MS = 10_000;
const KEPT_MS = 10 * 60_000;

interface Entry<T> {
  promise: Promise<T>;
  callers: number;
  /** By `World.elapsed`. */
  expiresAt: number;
}

export class Idempotency<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #world: World;
  readonly #undo: (value: T) => void;

  constructor(world: World, undo: (value: T) => void) {
    this.#world = world;
    this.#undo = undo;
  }

  /** Without a key every call is an intention of its own. Rejects with the signal's reason when it aborts. */
  async run(key: string | undefined, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#expire();
    const known = key === undefined ? undefined : this.#entries.get(key);
    const entry = known ?? this.#begin(key, action);
    entry.callers += 1;
    try {
      return await abandonable(entry.promise, signal);
    } catch (error) {
      entry.callers -= 1;
      if (signal?.aborted) this.#undoUnlessClaimed(key, entry);
      throw error;
    }
  }

  #begin(key: string | undefined, action: () => Promise<T>): Entry<T> {
    const entry: Entry<T> = { promise: action(), callers: 0, expiresAt: this.#world.elapsed() + KEPT_MS };
    if (key !== undefined) {
      this.#entries.set(key, entry);
      entry.promise.catch(() => this.#entries.delete(key));
    }
    return entry;
  }

  #undoUnlessClaimed(key: string | undefined, entry: Entry<T>): void {
    const undo = (value: T) => {
      if (entry.callers > 0) return;
      if (key !== undefined) this.#entries.delete(key);
      this.#undo(value);
    };
    entry.promise.then(
      (value) => (key === undefined ? undo(value) : void setTimeout(() => undo(value), GRACE_MS).unref()),
      () => undefined,
    );
  }

  #expire(): void {
    const now = this.#world.elapsed();
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt > now) return;
      this.#entries.delete(key);
    }
  }
}
