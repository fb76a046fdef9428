// Ready namespaces, made in the background so that a sandbox waits for none. A released one is deleted, never reused:
// the next sandbox finds no connection, socket or setting of the last one.

import { runChecked } from '../../runtime/host/command.js';
import { makeNamespaces, namespaceName, removeNamespaces, removeRemains } from './namespaces.js';
import { addSlot, applyPolicy, removeSlot, type Engine, type Slot } from './ruleset.js';

/** Namespaces kept ready; the next ones of a burst wait about 20 ms each. */
const READY_TARGET = 8;
const REFILL_BELOW = 5;
/** Starting a program holds this process up for milliseconds: not while the sandbox that took a namespace starts. */
const REFILL_DELAY_MS = 100;

export class NamespacePool {
  readonly #engine: Engine;
  readonly #addresses: string[];
  readonly #ready: Slot[] = [];
  readonly #live = new Set<Slot>();
  readonly #beforeRefill: () => Promise<void>;
  readonly #leaving: Slot[] = [];
  #removal: Promise<void> = Promise.resolve();
  #nextRemoval: Promise<void> | undefined;
  #number = 0;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #refilling: Promise<void> | undefined;
  #closed = false;

  constructor(engine: Engine, beforeRefill: () => Promise<void>) {
    this.#engine = engine;
    this.#addresses = engine.subnet.addresses();
    this.#beforeRefill = beforeRefill;
  }

  /** A slot whose policy is `open`; rejects when the namespace cannot be made or the subnet is used up. */
  async take(): Promise<Slot> {
    for (;;) {
      if (this.#closed) throw new Error('the network is closed');
      const slot = this.#ready.shift();
      if (slot !== undefined) {
        this.#refillLater();
        return slot;
      }
      this.#waiting += 1;
      try {
        await this.refill();
      } finally {
        this.#waiting -= 1;
      }
    }
  }

  async release(slot: Slot): Promise<void> {
    if (!this.#live.delete(slot)) return;
    this.#leaving.push(slot);
    // Those that leave while a removal runs are removed together by the next one.
    const removal = (this.#nextRemoval ??= this.#removal.then(() => this.#remove()));
    this.#removal = removal.catch(() => {});
    await removal;
  }

  refill(): Promise<void> {
    this.#refilling ??= this.#fill().finally(() => {
      this.#refilling = undefined;
    });
    return this.#refilling;
  }

  /** Makes no more; resolves when none is being made or removed. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#refilling?.catch(() => {});
    await this.#removal;
  }

  async #remove(): Promise<void> {
    this.#nextRemoval = undefined;
    const slots = this.#leaving.splice(0);
    const { name } = this.#engine;
    await runChecked(['nft', '-f', '-'], { input: slots.map((slot) => removeSlot(name, slot)).join('') });
    await removeNamespaces(slots.map((slot) => namespaceName(name, slot)));
    this.#addresses.push(...slots.map((slot) => slot.address));
  }

  #refillLater(): void {
    if (this.#ready.length >= REFILL_BELOW || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // A failure to refill ahead of need is met again, and reported, by the take that needs it.
      this.refill().catch(() => {});
    }, REFILL_DELAY_MS).unref();
  }

  async #fill(): Promise<void> {
    // Those that ask in this same turn are counted too.
    await undefined;
    const wanted = READY_TARGET + this.#waiting - this.#ready.length;
    if (wanted <= 0 || this.#closed) return;
    await this.#beforeRefill();
    const slots = this.#addresses.splice(0, wanted).map((address) => ({ number: (this.#number += 1), address }));
    if (slots.length === 0) throw new Error(`all addresses of ${this.#engine.subnet.cidr} are in use by running sandboxes`);
    const { name } = this.#engine;
    try {
      await makeNamespaces(this.#engine, slots);
      await runChecked(['nft', '-f', '-'], { input: slots.map((slot) => addSlot(name, slot) + applyPolicy(name, slot, { kind: 'open' })).join('') });
    } catch (error) {
      await this.#takeBack(slots);
      throw error;
    }
    for (const slot of slots) this.#live.add(slot);
    this.#ready.push(...slots);
  }

  /** Those that could not be made. An address whose namespace cannot be taken away either stays out of use. */
  async #takeBack(slots: readonly Slot[]): Promise<void> {
    const { name } = this.#engine;
    const remains = new Set(await removeRemains(slots.map((slot) => namespaceName(name, slot))));
    this.#addresses.push(...slots.filter((slot) => !remains.has(namespaceName(name, slot))).map((slot) => slot.address));
  }
}
