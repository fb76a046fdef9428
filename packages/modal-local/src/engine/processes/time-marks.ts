// When the bytes of a stream were written, to the millisecond: one mark for all that came within it.

/** Beyond it the older half of a stream that goes on for days becomes coarser. */
const MAX_MARKS = 100_000;

export class TimeMarks {
  #offsets: number[] = [];
  #times: number[] = [];

  /** Bytes from `offset` on were written at `time`; both never go back. */
  add(offset: number, time: number): void {
    const last = this.#times.at(-1);
    if (last !== undefined && time <= last) return;
    this.#offsets.push(offset);
    this.#times.push(time);
    if (this.#times.length > MAX_MARKS) this.#thin();
  }

  #thin(): void {
    const kept = (_: number, index: number) => index % 2 === 0 || index >= MAX_MARKS / 2;
    this.#offsets = this.#offsets.filter(kept);
    this.#times = this.#times.filter(kept);
  }

  /** Of the byte at `offset`; undefined before the first mark. */
  timeAt(offset: number): number | undefined {
    return this.#times[firstAbove(this.#offsets, offset) - 1];
  }

  /** The first byte written at `time` or later; undefined when there is none yet. */
  offsetAt(time: number): number | undefined {
    return this.#offsets[firstAbove(this.#times, time - 1)];
  }
}

/** The index of the first value above `limit` in an ascending list. */
function firstAbove(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
