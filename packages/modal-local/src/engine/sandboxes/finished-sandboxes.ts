// Sandboxes that have ended stay readable for a while: their result, and what they wrote.

import type { World } from '../world.js';
import type { Sandbox } from './sandbox.js';

/** Of one engine; the oldest go first. */
const KEPT = 1_000;
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
    const [oldest] = this.#sandboxes.keys();
    if (oldest && this.#sandboxes.size > KEPT) void this.#drop(oldest);
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
