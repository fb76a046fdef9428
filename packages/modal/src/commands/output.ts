// One output stream of a process, decoded as it arrives and handed on at once.

import { fromModal } from '../errors/from-modal.js';

export class Output {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  // Keeps a byte order mark: output is what the program wrote.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #pieces: string[] = [];
  readonly #onData: ((data: string) => void) | undefined;
  /** Resolves at the end of the stream. Rejects with a ComputeError, or with what the callback threw. */
  readonly done: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array>, onData: ((data: string) => void) | undefined) {
    this.#reader = stream.getReader();
    this.#onData = onData;
    this.done = this.#read();
    // Whoever stops early does not await it.
    this.done.catch(() => {});
  }

  /** What has arrived so far. */
  text(): string {
    return this.#pieces.join('');
  }

  /** Stops reading; what has arrived stays. */
  stop(): void {
    // A stream that failed has already rejected `done`.
    this.#reader.cancel().catch(() => {});
  }

  async #read(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read().catch((error: unknown) => {
        throw fromModal(error);
      });
      this.#take(done ? this.#decoder.decode() : this.#decoder.decode(value, { stream: true }));
      if (done) return;
    }
  }

  #take(text: string): void {
    if (text === '') return;
    this.#pieces.push(text);
    this.#onData?.(text);
  }
}
