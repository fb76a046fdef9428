// The newest entries of several streams, each of which comes in order; the others are let go on the way.

import type { LogEntry } from './logs.js';

/** What one answer holds at most. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

export class NewestEntries {
  #entries: LogEntry[] = [];
  #characters = 0;

  constructor(private readonly count: number) {}

  add(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#characters += entry.text.length;
    if (this.#entries.length > 2 * this.count + 1_000 || this.#characters > 2 * MAX_CHARACTERS) this.#shrink();
  }

  oldestFirst(): LogEntry[] {
    this.#shrink();
    return this.#entries;
  }

  #shrink(): void {
    const sorted = this.#entries.sort((a, b) => a.time - b.time);
    const newest = sorted.slice(Math.max(0, sorted.length - this.count));
    let characters = 0;
    const dropped = newest.findLastIndex((entry) => (characters += entry.text.length) > MAX_CHARACTERS);
    this.#entries = newest.slice(dropped + 1);
    this.#characters = this.#entries.reduce((sum, { text }) => sum + text.length, 0);
  }
}
