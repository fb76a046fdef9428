// One stream from the agent: hands chunks to a sink one at a time and gives the agent credit for what the sink has taken,
// so that a slow sink holds back its own process only, and at most one window of it is kept here.

import type { OutputSink } from './connection.js';
import { protocolError } from './errors.js';
import { WINDOW_TO_ENGINE } from './frames.js';
import { WaitingChunks } from './waiting-chunks.js';

/** Credit is returned in pieces of this size: few frames, and the agent never runs dry. */
const CREDIT_STEP = WINDOW_TO_ENGINE / 4;

export interface OutputStreamEvents {
  credit(bytes: number): void;
  /** The sink threw or rejected; what still comes is discarded. */
  sinkFailed(error: unknown): void;
}

export class OutputStream {
  readonly #sink: OutputSink;
  readonly #events: OutputStreamEvents;
  readonly #waiting = new WaitingChunks();
  #window = WINDOW_TO_ENGINE;
  #taken = 0;
  #writing = false;
  #ended = false;
  #failed = false;

  constructor(sink: OutputSink, events: OutputStreamEvents) {
    this.#sink = sink;
    this.#events = events;
  }

  get ended(): boolean {
    return this.#ended;
  }

  receive(bytes: Buffer): void {
    if (this.#ended) throw protocolError('data after the end of a stream');
    this.#window -= bytes.length;
    if (this.#window < 0) throw protocolError('more data than it had credit for');
    if (this.#writing) this.#waiting.push(bytes);
    else this.#write(bytes);
  }

  /** The agent sends nothing more. The sink learns it after the last chunk. */
  end(): void {
    if (this.#ended) throw protocolError('a second end of a stream');
    this.#ended = true;
    if (!this.#writing) this.#endSink();
  }

  /** As `end`, for a stream that is cut off. */
  cut(): void {
    if (!this.#ended) this.end();
  }

  #write(bytes: Buffer): void {
    try {
      const written = this.#failed ? undefined : this.#sink.write(bytes);
      if (written === undefined) {
        this.#give(bytes.length);
        return;
      }
      this.#writing = true;
      written.then(
        () => this.#written(bytes.length),
        (error: unknown) => this.#fail(error, bytes.length),
      );
    } catch (error) {
      this.#fail(error, bytes.length);
    }
  }

  #written(length: number): void {
    this.#writing = false;
    this.#give(length);
    while (!this.#writing) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#write(next);
    }
    if (!this.#writing && this.#ended) this.#endSink();
  }

  #fail(error: unknown, length: number): void {
    this.#failed = true;
    this.#events.sinkFailed(error);
    this.#written(length);
  }

  #endSink(): void {
    try {
      this.#sink.end();
    } catch (error) {
      this.#events.sinkFailed(error);
    }
  }

  #give(length: number): void {
    this.#taken += length;
    if (this.#taken < CREDIT_STEP || this.#ended) return;
    this.#window += this.#taken;
    this.#events.credit(this.#taken);
    this.#taken = 0;
  }
}
