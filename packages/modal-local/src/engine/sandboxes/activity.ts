// Tells a sandbox that is used from one that is idle: an exec runs, stdin is written, a tunnel connection is open.

export class Activity {
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  #active = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** Calls `onIdle` once nothing has happened for `idleMs`. Infinity never does. */
  constructor(idleMs: number, onIdle: () => void) {
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
    this.#arm();
  }

  /** The sandbox is in use until the returned function is called. */
  begin(): () => void {
    this.#active += 1;
    clearTimeout(this.#timer);
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
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#stopped || this.#active > 0 || !Number.isFinite(this.#idleMs)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onIdle, this.#idleMs);
  }
}
