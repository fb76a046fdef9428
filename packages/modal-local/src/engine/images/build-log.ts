// What an image build has said so far, for readers that come and go.

import { Pulse } from '../pulse.js';

/** Of a longer log the beginning is forgotten, a quarter at a time. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_ENTRIES = 64 * 1024;
const KEPT_PART = 0.75;

export interface LogEntry {
  /** Counts from 1. */
  id: number;
  text: string;
  /** Milliseconds since 1970. */
  time: number;
}

export class BuildLog {
  #entries: LogEntry[] = [];
  #characters = 0;
  #last = 0;
  #ended = false;
  readonly #pulse = new Pulse();

  constructor(private readonly now: () => number) {}

  /** Kept of what was said. */
  get characters(): number {
    return this.#characters;
  }

  write(text: string): void {
    if (text === '') return;
    this.#entries.push({ id: ++this.#last, text, time: this.now() });
    this.#characters += text.length;
    if (this.#characters > MAX_CHARACTERS || this.#entries.length > MAX_ENTRIES) this.#forget();
    this.#pulse.fire();
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  end(): void {
    this.#ended = true;
    this.#pulse.fire();
  }

  after(id: number): LogEntry[] {
    return this.#entries.slice(Math.max(0, id - this.#last + this.#entries.length));
  }

  /** Batches of entries after the one with that id, until the build is over. Rejects when the signal aborts. */
  async *follow(id: number, signal?: AbortSignal): AsyncGenerator<LogEntry[], void, undefined> {
    for (let last = id; ; ) {
      const entries = this.after(last);
      if (entries.length > 0) {
        last = entries.at(-1)?.id ?? last;
        yield entries;
      } else if (this.#ended) return;
      else await this.#pulse.next(signal);
    }
  }

  #forget(): void {
    let left = this.#entries.length;
    const kept = this.#entries.findIndex(({ text }) => {
      if (left === 1 || (this.#characters <= MAX_CHARACTERS * KEPT_PART && left <= MAX_ENTRIES * KEPT_PART)) return true;
      this.#characters -= text.length;
      left -= 1;
      return false;
    });
    this.#entries.splice(0, kept);
  }
}
