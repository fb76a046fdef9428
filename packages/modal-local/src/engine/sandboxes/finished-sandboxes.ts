// Sandboxes that have ended stay readable for a while: their result, and what they wrote.

import type { World } from '../world.js';
import type { Sandbox } from './sandbox.js';

/** Of one engine; the oldest go first. Each may hold an open file: its output, when that was long. */
const KEPT = 1_000;
/** Of the engine's memory. */
const KEPT_BYTES = 256 * 1024 * 1024;
const KEPT_MS = 60 * 60_000;

export class FinishedSandboxes {
  readonly #sandboxes = new Map<Sandbox, () => void>();
  readonly #forget: (sandbox: Sandbox) => void;
  readonly #world: Pick<World, 'after'>;

  constructor(world: Pick<World, 'after'>, forget: (sandbox: Sandbox) => void) {
    this.#world = world;
    this.#forget = forget;
  }

  add(sandbox: Sandbox): void {
    this.#sandboxes.set(sandbox, this.#world.after(KEPT_MS, () => void this.#drop(sandbox)));
    let memoryBytes = [...this.#sandboxes.keys()].reduce((sum, kept) => sum + kept.memoryBytes, 0);
    for (const oldest of this.#sandboxes.keys()) {
      if (oldest === sandbox || (this.#sandboxes.size <= KEPT && memoryBytes <= KEPT_BYTES)) return;
      memoryBytes -= oldest.memoryBytes;
      void this.#drop(oldest);
    }
  }

  /** The one that finished last. */
  named(appId: string, name: string): Sandbox | undefined {
    return [...this.#sandboxes.keys()].reverse().find((sandbox) => sandbox.name === name && sandbox.definition.appId === appId);
  }

  async forgetAll(): Promise<void> {
    await Promise.all([...this.#sandboxes.keys()].map((sandbox) => this.#drop(sandbox)));
  }

  async #drop(sandbox: Sandbox): Promise<void> {
    this.#sandboxes.get(sandbox)?.();
    this.#sandboxes.delete(sandbox);
    this.#forget(sandbox);
    await sandbox.forgetOutput();
  }
}
