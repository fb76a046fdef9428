// Tells what is used from what is idle: a sandbox with an exec that runs or a tunnel connection that is open, an image
// build that somebody waits for.

import type { World } from './world.js';

export class Activity {
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  readonly #world: Pick<World, 'after'>;
  #active = 0;
  #callOff: () => void = () => undefined;
  #stopped = false;

  /** Calls `onIdle` once nothing has happened for `idleMs`. Infinity never does. */
  constructor(world: Pick<World, 'after'>, idleMs: number, onIdle: () => void) {
    this.#world = world;
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
    this.#arm();
  }

  /** It is in use until the returned function is called. */
  begin(): () => void {
    this.#active += 1;
    this.#callOff();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#active -= 1;
      this.#arm();
    };
  }

  stop(): void {
    this.#stopped = true;
    this.#callOff();
  }

  #arm(): void {
    if (this.#stopped || this.#active > 0 || !Number.isFinite(this.#idleMs)) return;
    this.#callOff();
    this.#callOff = this.#world.after(this.#idleMs, this.#onIdle);
  }
}
