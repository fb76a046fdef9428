// One stream to the agent: sends as far as the agent gave credit, and knows which writes the other side has taken.

import { AgentError, protocolError } from './errors.js';
import { WINDOW_TO_AGENT } from './frames.js';

export interface InputStreamEvents {
  data(bytes: Uint8Array): void;
  end(): void;
}

interface Write {
  bytes: Uint8Array;
  /** Bytes of this write that the agent has been sent. */
  sent: number;
  /** Where it ends in the stream. */
  end: number;
  resolve: () => void;
  reject: (error: AgentError) => void;
}

export class InputStream {
  readonly #events: InputStreamEvents;
  #writes: Write[] = [];
  /** Index of the first write that is not wholly sent. */
  #next = 0;
  #length = 0;
  #sent = 0;
  #taken = 0;
  #closing = false;
  #endSent = false;
  #failure: AgentError | undefined;

  constructor(events: InputStreamEvents) {
    this.#events = events;
  }

  get over(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves when the other side has taken the bytes, which must not change until then. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing) return Promise.reject(new AgentError('EPIPE', 'stdin has been closed: nothing can be written to it any more.'));
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#length += bytes.length;
      this.#writes.push({ bytes, sent: 0, end: this.#length, resolve, reject });
      this.#send();
    });
  }

  /** What has been written is still sent. */
  close(): void {
    if (this.#closing || this.over) return;
    this.#closing = true;
    this.#send();
  }

  credit(bytes: number): void {
    if (this.over) throw protocolError('credit for a stream that has ended');
    this.#taken += bytes;
    if (this.#taken > this.#sent) throw protocolError('credit for more than it was sent');
    const settled = this.#writes.findIndex((write) => write.end > this.#taken);
    const done = this.#writes.splice(0, settled === -1 ? this.#writes.length : settled);
    this.#next -= done.length;
    for (const write of done) write.resolve();
    this.#send();
  }

  /** Nobody reads any more. */
  stop(failure: AgentError): void {
    if (this.over) return;
    this.#failure = failure;
    const writes = this.#writes;
    this.#writes = [];
    for (const write of writes) write.reject(failure);
  }

  #send(): void {
    for (let write = this.#writes[this.#next]; write !== undefined; write = this.#writes[this.#next]) {
      const room = WINDOW_TO_AGENT - (this.#sent - this.#taken);
      if (room === 0) return;
      const piece = write.bytes.subarray(write.sent, write.sent + room);
      write.sent += piece.length;
      this.#sent += piece.length;
      if (write.sent === write.bytes.length) this.#next += 1;
      this.#events.data(piece);
    }
    if (!this.#closing || this.#endSent) return;
    this.#endSent = true;
    this.#events.end();
  }
}
