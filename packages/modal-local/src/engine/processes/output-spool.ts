// What a process has written, kept for whoever reads it, when and as often as they like: the SDK reads only after exit and
// re-opens streams at older offsets. The newest megabytes are in memory, where a reader that keeps up finds them; the
// rest is in a file without a name, which vanishes with the engine.

import { EngineError } from '../errors.js';
import { Pulse } from '../pulse.js';
import type { OutputSink } from '../../runtime/agent/connection.js';
import { ChunkList } from './chunk-list.js';
import { openSpoolFile, type SpoolFile } from './spool-file.js';
import { TimeMarks } from './time-marks.js';

/** So much at a time goes to the file. */
const SPILL_BYTES = 1024 * 1024;
/** What is in the file stays in memory, too, while it is among this many newest bytes of a stream that goes on. */
const RECENT_BYTES = 2 * 1024 * 1024;
/** A finished stream keeps this much in memory; what is longer moves to its file. */
const FINISHED_MEMORY_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;
/** Above the 5 GiB that Modal's file reads may take. Past it the process blocks in its write. */
export const DEFAULT_SPOOL_LIMIT = 6 * 1024 ** 3;

export interface SpoolOptions {
  /** Where the file is made, if it comes to that. */
  directory: string;
  /** Bytes; default `DEFAULT_SPOOL_LIMIT`. */
  limitBytes?: number;
  /** The clock, for streams of which is to be known when what was written. */
  now?: () => number;
}

export class OutputSpool implements OutputSink {
  /** Undefined without a clock. */
  readonly marks: TimeMarks | undefined;
  /** The bytes from `#memoryStart` on: all that are not in the file yet, and some that are. */
  readonly #memory = new ChunkList();
  readonly #changed = new Pulse();
  readonly #options: SpoolOptions;
  readonly #closing = new AbortController();
  #file: SpoolFile | undefined;
  #memoryStart = 0;
  #fileLength = 0;
  #spilling: Promise<void> | undefined;
  #ended = false;
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

  /** The writer should wait for what is returned: the file has fallen behind, or the limit is reached. */
  write(chunk: Buffer): void | Promise<void> {
    if (this.#ended || this.#closing.signal.aborted || chunk.length === 0) return;
    if (this.#options.now) this.marks?.add(this.length, this.#options.now());
    this.#memory.push(chunk);
    this.#changed.fire();
    if (this.#unwritten >= SPILL_BYTES) this.#spill();
    if (this.length >= (this.#options.limitBytes ?? DEFAULT_SPOOL_LIMIT)) return this.#blocked();
    if (this.#unwritten >= 2 * SPILL_BYTES) return this.#failure ? this.#blocked() : this.#spilling;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#memory.length > FINISHED_MEMORY_BYTES) this.#spill();
    this.#changed.fire();
  }

  /** From `offset` to the end, waiting for what is still to come. Any number of readers, each at its own pace. */
  async *read(offset: number, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    let position = offset;
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
  }

  /** Forgets the output; readers that have not finished get NOT_FOUND. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#closing.abort();
    this.#changed.fire();
    await this.#spilling;
    await this.#file?.close();
  }

  async #chunkAt(position: number): Promise<Buffer> {
    if (position >= this.#memoryStart) return this.#memory.slice(position - this.#memoryStart, READ_BYTES);
    if (!this.#file) throw new Error('The spool has a length on file but no file');
    return await this.#file.read(position, Math.min(READ_BYTES, this.#memoryStart - position));
  }

  #spill(): void {
    if (this.#failure) return;
    this.#spilling ??= this.#moveToFile()
      .catch((error: unknown) => {
        this.#failure = new EngineError('RESOURCE_EXHAUSTED', 'The output could not be kept: the engine could not write to its state directory', { cause: error });
      })
      .finally(() => {
        this.#spilling = undefined;
        this.#changed.fire();
      });
  }

  async #moveToFile(): Promise<void> {
    this.#file ??= await openSpoolFile(this.#options.directory);
    while (this.#unwritten >= (this.#ended ? 1 : SPILL_BYTES)) {
      const chunks = this.#memory.take();
      await this.#file.write(chunks, this.#fileLength);
      this.#fileLength += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      this.#memoryStart += this.#memory.drop(RECENT_BYTES);
    }
    if (this.#ended) this.#memoryStart += this.#memory.drop(0);
  }

  get #unwritten(): number {
    return this.length - this.#fileLength;
  }

  /** Until nobody cares any more. */
  #blocked(): Promise<void> {
    return new Promise((resolve) => this.#closing.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
