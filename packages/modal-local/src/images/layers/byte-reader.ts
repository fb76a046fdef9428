// Reads exact amounts from a stream of chunks, without joining what only passes through.

import { LayerError } from './layer-error.js';

export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #offset = 0;
  /** Bytes taken so far. */
  position = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly `size` bytes, or undefined at the very end of the stream. */
  async take(size: number): Promise<Buffer | undefined> {
    if (this.#chunk.length - this.#offset >= size) return this.#advance(size);
    const parts: Buffer[] = [];
    let missing = size;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part === undefined) {
        if (parts.length === 0) return undefined;
        throw truncated();
      }
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts, size);
  }

  /** Between one byte and `most`; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#offset >= this.#chunk.length) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#chunk = next.value;
      this.#offset = 0;
    }
    return this.#advance(Math.min(most, this.#chunk.length - this.#offset));
  }

  async skip(size: number): Promise<void> {
    for (let missing = size; missing > 0; ) {
      const part = await this.some(missing);
      if (part === undefined) throw truncated();
      missing -= part.length;
    }
  }

  /** Reads what is left, and drops it. */
  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== undefined);
  }

  /** Reads no more: the source lets go of what it holds. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #advance(size: number): Buffer {
    const part = this.#chunk.subarray(this.#offset, this.#offset + size);
    this.#offset += size;
    this.position += size;
    return part;
  }
}

export function truncated(): LayerError {
  return new LayerError('CORRUPT', 'the archive ends in the middle of an entry');
}
