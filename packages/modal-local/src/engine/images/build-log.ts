// What an image build has said so far, for readers that come and go.

import { Pulse } from '../pulse.js';

/** Characters kept; of a longer log the beginning is forgotten. */
const LIMIT = 4 * 1024 * 1024;

export interface LogEntry {
  /** Counts from 1. */
  id: number;
  text: string;
  /** Milliseconds since 1970. */
  time: number;
}

export class BuildLog {
  #entries: LogEntry[] = [];
  #size = 0;
  #last = 0;
  #ended = false;
  readonly #pulse = new Pulse();

  constructor(private readonly now: () => number) {}

  write(text: string): void {
    if (text === '') return;
    this.#entries.push({ id: ++this.#last, text, time: this.now() });
    this.#size += text.length;
    while (this.#size > LIMIT && this.#entries.length > 1) this.#size -= this.#entries.shift()?.text.length ?? 0;
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
    return this.#entries.filter((entry) => entry.id > id);
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
}
