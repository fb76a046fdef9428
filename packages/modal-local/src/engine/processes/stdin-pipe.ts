// The standard input of a process as the SDK writes it: at offsets, so that a retry does not write twice, in single
// calls or in one long stream that can break and be resumed.

import { EngineError } from '../errors.js';

/** Where the bytes go. */
export interface StdinTarget {
  /** Rejects with EPIPE once the process has closed its end. */
  writeStdin(chunk: Uint8Array): Promise<void>;
  closeStdin(): void;
}

export interface StdinStatus {
  bytesWritten: number;
  closed: boolean;
}

export class StdinPipe {
  readonly #target: StdinTarget;
  #accepted = 0;
  #messages = 0;
  #closed = false;
  /** Writes happen one after the other, whoever asks. */
  #queue: Promise<void> = Promise.resolve();
  #stream: AbortController | undefined;

  constructor(target: StdinTarget) {
    this.#target = target;
  }

  /** `offset` counts from the first byte ever written. With `eof` the input is closed after the data. */
  write(offset: number, data: Uint8Array, eof: boolean): Promise<void> {
    return this.#enqueue(async () => {
      await this.#accept(offset, data);
      // A client that gives up closes at offset 0, whatever it wrote before.
      if (eof) this.#close();
    });
  }

  /** As `write`, for clients that count messages, from 1, instead of bytes. */
  writeMessage(index: number, data: Uint8Array, eof: boolean): Promise<void> {
    return this.#enqueue(async () => {
      if (index <= this.#messages) return;
      if (index > this.#messages + 1) {
        throw new EngineError('FAILED_PRECONDITION', `Stdin message ${index} came after message ${this.#messages}`);
      }
      await this.#accept(this.#accepted, data);
      this.#messages = index;
      if (eof) this.#close();
    });
  }

  /** One long write. It closes the input only at its own end: one that breaks can be resumed where `status` says. */
  async writeStream(offset: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.#stream?.abort(evicted());
    const stream = (this.#stream = new AbortController());
    await this.#enqueue(async () => this.#expectNoGap(offset));
    let position = offset;
    for await (const chunk of chunks) {
      const start = position;
      await this.#enqueue(async () => {
        stream.signal.throwIfAborted();
        await this.#accept(start, chunk);
      });
      position += chunk.length;
    }
    await this.#enqueue(async () => {
      stream.signal.throwIfAborted();
      this.#close();
    });
  }

  /** What the process has been given; a stream that is still open is cut off. Bytes written again are dropped. */
  status(): StdinStatus {
    this.#stream?.abort(evicted());
    return { bytesWritten: this.#accepted, closed: this.#closed };
  }

  #enqueue(action: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #expectNoGap(offset: number): void {
    if (offset <= this.#accepted) return;
    throw new EngineError('FAILED_PRECONDITION', `Stdin was written at byte ${offset}, but only ${this.#accepted} bytes came before`);
  }

  async #accept(offset: number, data: Uint8Array): Promise<void> {
    if (data.length === 0) return;
    this.#expectNoGap(offset);
    const fresh = data.subarray(this.#accepted - offset);
    if (fresh.length === 0) return;
    if (this.#closed) throw new EngineError('FAILED_PRECONDITION', 'Stdin is closed');
    try {
      await this.#target.writeStdin(fresh);
    } catch (error) {
      throw new EngineError('FAILED_PRECONDITION', 'The process no longer reads its stdin', { cause: error });
    }
    this.#accepted += fresh.length;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#target.closeStdin();
  }
}

function evicted(): EngineError {
  return new EngineError('FAILED_PRECONDITION', 'Another writer has taken over stdin');
}
