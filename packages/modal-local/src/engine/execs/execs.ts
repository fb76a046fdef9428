// The commands of one sandbox. The SDK picks their ids, so that a start that is sent again starts nothing new.

import { EngineError } from '../errors.js';
import type { ManagedProcess } from '../processes/managed-process.js';

/** A finished command's output is kept until this many later ones have finished. */
const KEPT_FINISHED = 10_000;
const MAX_RUNNING = 4_096;
/** What one takes of the engine's memory, beside its output: 4 KB were measured. */
const RECORD_BYTES = 4_096;

export class Execs {
  readonly #execs = new Map<string, Promise<ManagedProcess>>();
  readonly #finished: string[] = [];
  #running = 0;

  get running(): number {
    return this.#running;
  }

  /** What the commands take of the engine's memory, beside their output. */
  get recordBytes(): number {
    return this.#execs.size * RECORD_BYTES;
  }

  /** Starts it, unless an exec of that id has been started. What `begin` returns is called when it has ended. */
  start(id: string, launch: () => Promise<ManagedProcess>, begin: () => () => void): Promise<ManagedProcess> {
    const existing = this.#execs.get(id);
    if (existing) return existing;
    if (this.#running >= MAX_RUNNING) {
      throw new EngineError('RESOURCE_EXHAUSTED', `The sandbox runs ${this.#running} commands, the most that it may`, { retryAfterSeconds: 1 });
    }
    this.#running += 1;
    const settled = begin();
    const started = launch();
    this.#execs.set(id, started);
    const release = () => {
      this.#running -= 1;
      settled();
    };
    started.then(
      (process) =>
        process.exited.then(() => {
          release();
          this.#forgetOldest(id);
        }),
      () => {
        release();
        // A start that failed may be tried again under its id.
        this.#execs.delete(id);
      },
    );
    return started;
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<ManagedProcess> {
    const exec = this.#execs.get(id);
    if (!exec) throw new EngineError('NOT_FOUND', `Exec '${id}' not found`);
    return await exec;
  }

  async close(): Promise<void> {
    const execs = await Promise.allSettled(this.#execs.values());
    this.#execs.clear();
    await Promise.all(execs.map((exec) => (exec.status === 'fulfilled' ? exec.value.close() : undefined)));
  }

  #forgetOldest(finished: string): void {
    this.#finished.push(finished);
    const oldest = this.#finished.length > KEPT_FINISHED ? this.#finished.shift() : undefined;
    if (oldest === undefined) return;
    const exec = this.#execs.get(oldest);
    this.#execs.delete(oldest);
    void exec?.then((process) => process.close());
  }
}
