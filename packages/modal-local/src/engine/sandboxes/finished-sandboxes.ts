// Sandboxes that have ended stay readable for a while: their result, and what they wrote.

import type { Sandbox } from './sandbox.js';

/** Of one engine; the oldest go first. */
const KEPT = 1_000;
const KEPT_MS = 60 * 60_000;

export class FinishedSandboxes {
  readonly #sandboxes = new Map<Sandbox, NodeJS.Timeout>();
  readonly #forget: (sandbox: Sandbox) => void;

  constructor(forget: (sandbox: Sandbox) => void) {
    this.#forget = forget;
  }

  add(sandbox: Sandbox): void {
    this.#sandboxes.set(sandbox, setTimeout(() => void this.#drop(sandbox), KEPT_MS).unref());
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
    clearTimeout(this.#sandboxes.get(sandbox));
    this.#sandboxes.delete(sandbox);
    this.#forget(sandbox);
    await sandbox.forgetOutput();
  }
}
