// Ready namespaces, made in the background so that a sandbox waits for none. A released one is deleted, never reused:
// the next sandbox finds no connection, socket or setting of the last one.

import { runCommand } from '../command.js';
import { makeNamespaces, namespaceName, removeNamespaces } from './namespaces.js';
import { addSlot, applyPolicy, removeSlot, type Engine, type Slot } from './ruleset.js';

/** Namespaces kept ready; a burst beyond waits about 20 ms each. */
const READY_TARGET = 6;

export class NamespacePool {
  readonly #engine: Engine;
  readonly #addresses: string[];
  readonly #ready: Slot[] = [];
  readonly #live = new Set<Slot>();
  readonly #beforeRefill: () => Promise<void>;
  #number = 0;
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
        // A failure to refill ahead of need is met again, and reported, by the take that needs it.
        this.refill().catch(() => {});
        return slot;
      }
      await this.refill();
    }
  }

  async release(slot: Slot): Promise<void> {
    if (!this.#live.delete(slot)) return;
    await runCommand('nft', ['-f', '-'], removeSlot(this.#engine.name, slot));
    await removeNamespaces([namespaceName(this.#engine.name, slot)]);
    this.#addresses.push(slot.address);
  }

  refill(): Promise<void> {
    this.#refilling ??= this.#fill().finally(() => {
      this.#refilling = undefined;
    });
    return this.#refilling;
  }

  /** Makes no more; resolves when none is being made. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#refilling?.catch(() => {});
  }

  async #fill(): Promise<void> {
    const wanted = READY_TARGET - this.#ready.length;
    if (wanted <= 0 || this.#closed) return;
    await this.#beforeRefill();
    const slots = this.#addresses.splice(0, wanted).map((address) => ({ number: (this.#number += 1), address }));
    if (slots.length === 0) throw new Error(`all addresses of ${this.#engine.subnet.cidr} are in use by running sandboxes`);
    await makeNamespaces(this.#engine, slots);
    const { name } = this.#engine;
    await runCommand('nft', ['-f', '-'], slots.map((slot) => addSlot(name, slot) + applyPolicy(name, slot, { kind: 'open' })).join(''));
    for (const slot of slots) this.#live.add(slot);
    this.#ready.push(...slots);
  }
}
