// A queue of bytes. Small chunks are gathered into blocks, so that a million writes of one byte take a megabyte and
// do not pin the socket buffers that they arrived in.

const GATHER_BELOW = 16 * 1024;
const FIRST_BLOCK = 4 * 1024;
const BLOCK = 64 * 1024;

interface Block {
  bytes: Buffer;
  used: number;
}

export class ChunkList {
  #blocks: Block[] = [];
  #length = 0;
  #taken = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length;
    if (chunk.length >= GATHER_BELOW) {
      this.#blocks.push({ bytes: chunk, used: chunk.length });
      return;
    }
    const block = this.#blockFor(chunk.length);
    chunk.copy(block.bytes, block.used);
    block.used += chunk.length;
  }

  /** At most `limit` bytes from `offset`, which must be below `length`. */
  slice(offset: number, limit: number): Buffer {
    let start = offset;
    for (const { bytes, used } of this.#blocks) {
      if (start < used) return bytes.subarray(start, Math.min(used, start + limit));
      start -= used;
    }
    throw new RangeError(`No byte at ${offset} of ${this.#length}`);
  }

  /** The chunks that have not been taken yet; later bytes go to new ones. */
  peek(): Buffer[] {
    const last = this.#blocks.at(-1);
    if (last) last.bytes = last.bytes.subarray(0, last.used);
    return this.#blocks.slice(this.#taken).map(({ bytes, used }) => bytes.subarray(0, used));
  }

  /** Takes the first `count` of them, and returns how many bytes they hold. Taken chunks stay until they are dropped. */
  take(count: number): number {
    const taken = this.#blocks.slice(this.#taken, this.#taken + count);
    this.#taken += count;
    return taken.reduce((sum, { used }) => sum + used, 0);
  }

  /** Drops the oldest taken chunks as long as more than `keep` bytes are left. Returns how many bytes are gone. */
  drop(keep: number): number {
    let count = 0;
    let bytes = 0;
    for (const { used } of this.#blocks.slice(0, this.#taken)) {
      if (this.#length - bytes - used < keep) break;
      bytes += used;
      count += 1;
    }
    this.#blocks.splice(0, count);
    this.#taken -= count;
    this.#length -= bytes;
    return bytes;
  }

  /** Gives back the room for bytes that will not come. */
  trim(): void {
    const last = this.#blocks.at(-1);
    if (last && last.used < last.bytes.length) last.bytes = Buffer.from(last.bytes.subarray(0, last.used));
  }

  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.bytes.length - last.used >= size) return last;
    const capacity = this.#blocks.length === 0 ? Math.max(FIRST_BLOCK, size) : BLOCK;
    const block = { bytes: Buffer.allocUnsafeSlow(capacity), used: 0 };
    this.#blocks.push(block);
    return block;
  }
}
