// Which part of a stream is where in the file that it shares with others.

interface Extent {
  /** Offset in the stream. */
  start: number;
  /** Position in the file. */
  at: number;
  length: number;
}

export class Extents {
  readonly #extents: Extent[] = [];

  /** Bytes of the stream that are in the file. */
  get length(): number {
    const last = this.#extents.at(-1);
    return last ? last.start + last.length : 0;
  }

  /** The stream's next bytes are there. */
  add(at: number, length: number): void {
    const last = this.#extents.at(-1);
    if (last && last.at + last.length === at) last.length += length;
    else this.#extents.push({ start: this.length, at, length });
  }

  /** Where the byte at `offset` is, and how many of the stream follow it there. */
  find(offset: number): { at: number; length: number } {
    let low = 0;
    let high = this.#extents.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#extents[middle]?.start ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    const extent = this.#extents[low];
    if (!extent || offset >= extent.start + extent.length) throw new RangeError(`Byte ${offset} is not in the file, which has ${this.length}`);
    const skipped = offset - extent.start;
    return { at: extent.at + skipped, length: extent.length - skipped };
  }
}
