// What was taken out of a queue and sent, kept for a moment: when the answer got lost on its way, the call that is sent
// again gets the same values, and none is lost.

import type { World } from './world.js';

/** The SDK tries again within two seconds. */
const KEPT_MS = 60_000;
const KEPT_BYTES = 64 * 1024 * 1024;

interface Delivery {
  values: Buffer[];
  bytes: number;
  /** By `World.elapsed`. */
  expiresAt: number;
}

export class DeliveredValues {
  /** Oldest first. */
  readonly #deliveries = new Map<string, Delivery>();
  #bytes = 0;

  constructor(private readonly world: Pick<World, 'elapsed'>) {}

  /** What the call with that key got. */
  find(key: string): Buffer[] | undefined {
    this.#forget();
    return this.#deliveries.get(key)?.values;
  }

  add(key: string, values: Buffer[]): void {
    const bytes = values.reduce((sum, { length }) => sum + length, 0);
    this.#deliveries.set(key, { values, bytes, expiresAt: this.world.elapsed() + KEPT_MS });
    this.#bytes += bytes;
    this.#forget();
  }

  #forget(): void {
    const now = this.world.elapsed();
    for (const [key, { bytes, expiresAt }] of this.#deliveries) {
      if (expiresAt > now && this.#bytes <= KEPT_BYTES) return;
      this.#deliveries.delete(key);
      this.#bytes -= bytes;
    }
  }
}
