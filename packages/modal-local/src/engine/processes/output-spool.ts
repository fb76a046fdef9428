// What a process has written, kept for whoever reads it, when and as often as they like: the SDK reads only after exit and
// re-opens streams at older offsets. The newest bytes are in memory, the rest in the sandbox's store.

import { EngineError } from '../errors.js';
import { diskFull } from '../../runtime/host/disk-full.js';
import { Pulse } from '../pulse.js';
import type { OutputSink } from '../../runtime/agent/connection.js';
import { ChunkList } from './chunk-list.js';
import { Extents } from './extents.js';
import type { OutputStore } from './output-store.js';
import { TimeMarks } from './time-marks.js';

/** So much at a time goes to the store; less when the sandbox's streams crowd the memory. */
const SPILL_BYTES = 1024 * 1024;
const CROWDED_SPILL_BYTES = 64 * 1024;
/** What is in the store stays in memory, too, among so many newest bytes, while somebody reads a stream that goes on. */
const RECENT_BYTES = 2 * 1024 * 1024;
/** A finished stream keeps this much in memory; what is longer moves to the store. */
const FINISHED_MEMORY_BYTES = 16 * 1024;
const READ_BYTES = 256 * 1024;
/** Of one stream: above the 5 GiB that Modal's file reads may take. Past it the process blocks in its write. */
export const DEFAULT_SPOOL_LIMIT = 6 * 1024 ** 3;

export interface SpoolOptions {
  store: OutputStore;
  /** Bytes; default `DEFAULT_SPOOL_LIMIT`. */
  limitBytes?: number;
  /** The clock, for streams of which is to be known when what was written. */
  now?: () => number;
}

export class OutputSpool implements OutputSink {
  /** Undefined without a clock. */
  readonly marks: TimeMarks | undefined;
  /** The bytes from `#memoryStart` on: all that are not in the store yet, and some that are. */
  readonly #memory = new ChunkList();
  readonly #stored = new Extents();
  readonly #changed = new Pulse();
  readonly #options: SpoolOptions;
  readonly #closing = new AbortController();
  #memoryStart = 0;
  #readers = 0;
  #spilling: Promise<void> | undefined;
  #ended = false;
  #full = false;
  /** From `length` on, or from what the store has when the memory was crowded, the output is lost. */
  #failure: EngineError | undefined;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.marks = options.now && new TimeMarks();
  }

  get length(): number {
    return this.#memoryStart + this.#memory.length;
  }

  /** Resolves when the writer has ended the stream. */
  async finished(): Promise<void> {
    while (!this.#ended) await this.#changed.next();
  }

  /**
   * The writer should wait for what is returned: the store has fallen behind, or a limit is reached. When the store
   * fails the process goes on, and readers learn where its output ends.
   */
  write(chunk: Buffer): void | Promise<void> {
    if (this.#ended || this.#failure || this.#closing.signal.aborted || chunk.length === 0) return;
    if (this.#options.now) this.marks?.add(this.length, this.#options.now());
    this.#memory.push(chunk);
    this.#options.store.hold(chunk.length);
    this.#changed.fire();
    const unwritten = this.length - this.#stored.length;
    const enough = this.#spillBytes;
    if (unwritten >= enough) this.#spill();
    if (this.#full || this.length >= (this.#options.limitBytes ?? DEFAULT_SPOOL_LIMIT)) return this.#blocked();
    if (unwritten >= 2 * enough) return this.#spilling;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#memory.trim();
    if (this.#memory.length > (this.#options.store.crowded ? 0 : FINISHED_MEMORY_BYTES)) this.#spill();
    this.#changed.fire();
  }

  /** From `offset` to the end, waiting for what is still to come. Any number of readers, each at its own pace. */
  async *read(offset: number, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    let position = offset;
    this.#readers += 1;
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (this.#closing.signal.aborted) throw new EngineError('NOT_FOUND', 'The output is no longer kept: its sandbox ended long ago');
        if (position < this.length) {
          const chunk = await this.#chunkAt(position);
          position += chunk.length;
          yield chunk;
        } else if (this.#failure) {
          throw this.#failure;
        } else if (this.#ended) {
          return;
        } else {
          await this.#changed.next(signal);
        }
      }
    } finally {
      this.#readers -= 1;
    }
  }

  /** Forgets the output; readers that have not finished get NOT_FOUND. The store outlives it. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#ended = true;
    this.#closing.abort();
    this.#changed.fire();
    await this.#spilling;
    this.#options.store.hold(-this.#memory.length);
  }

  async #chunkAt(position: number): Promise<Buffer> {
    if (position >= this.#memoryStart) return this.#memory.slice(position - this.#memoryStart, READ_BYTES);
    if (this.#failure && position >= this.#stored.length) throw this.#failure;
    const { at, length } = this.#stored.find(position);
    return await this.#options.store.read(at, Math.min(READ_BYTES, length));
  }

  #spill(): void {
    if (this.#failure || this.#full) return;
    this.#spilling ??= this.#moveToStore()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#spilling = undefined;
        this.#changed.fire();
      });
  }

  async #moveToStore(): Promise<void> {
    while (this.length - this.#stored.length >= (this.#ended ? 1 : this.#spillBytes)) {
      const chunks = this.#memory.peek();
      const at = await this.#options.store.append(chunks);
      if (at === undefined) {
        this.#full = true;
        return;
      }
      this.#stored.add(at, this.#memory.take(chunks.length));
      this.#dropStored(this.#readers > 0 && !this.#options.store.crowded ? RECENT_BYTES : 0);
    }
    if (this.#ended) this.#dropStored(0);
  }

  #fail(cause: unknown): void {
    // All of it is in memory, and may stay there.
    if (this.#ended && !this.#options.store.crowded) return;
    const why = diskFull(cause) ?? 'The engine could not write to its state directory';
    this.#failure = new EngineError('RESOURCE_EXHAUSTED', `The rest of the output could not be kept. ${why}`, { cause });
    if (!this.#options.store.crowded) return;
    this.#memory.take(this.#memory.peek().length);
    this.#dropStored(0);
  }

  #dropStored(keep: number): void {
    const dropped = this.#memory.drop(keep);
    this.#memoryStart += dropped;
    this.#options.store.hold(-dropped);
  }

  get #spillBytes(): number {
    return this.#options.store.crowded ? CROWDED_SPILL_BYTES : SPILL_BYTES;
  }

  /** Until nobody cares any more. */
  #blocked(): Promise<void> {
    return new Promise((resolve) => this.#closing.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
