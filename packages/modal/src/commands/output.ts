// One output stream of a process, decoded as it arrives, handed on at once and kept up to a limit.

import { fromModal } from '../errors/from-modal.js';

export interface OutputOptions {
  /** Bytes that `text()` keeps; past them `done` rejects with TooMuchOutput. `0` keeps none, without limit. */
  keep: number;
  onData?: ((data: string) => void) | undefined;
}

/** The program printed more than may be kept. Inside this package only. */
export class TooMuchOutput extends Error {}

export class Output {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  // Keeps a byte order mark: output is what the program wrote.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #pieces: string[] = [];
  readonly #options: OutputOptions;
  #room: number;
  /** Resolves at the end of the stream. Rejects with TooMuchOutput, a ComputeError, or what the callback threw. */
  readonly done: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array>, options: OutputOptions) {
    this.#reader = stream.getReader();
    this.#options = options;
    this.#room = options.keep === 0 ? Infinity : options.keep;
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
      if (done) return this.#take(this.#decoder.decode());
      const kept = value.length > this.#room ? value.subarray(0, this.#room) : value;
      this.#room -= kept.length;
      this.#take(this.#decoder.decode(kept, { stream: true }));
      if (kept.length < value.length) throw new TooMuchOutput();
    }
  }

  #take(text: string): void {
    if (text === '') return;
    if (this.#options.keep > 0) this.#pieces.push(text);
    this.#options.onData?.(text);
  }
}
