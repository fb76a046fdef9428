// Takes the agent's bytes apart as they come. Data passes through in pieces of the received chunks, uncopied and
// never assembled; all other frames are a few bytes, so that nothing the agent sends can make this grow.

import { protocolError } from './errors.js';
import { HEADER_SIZE, Kind, MAX_PAYLOAD, MAX_REPLY } from './frames.js';
import type { Frame } from './frames.js';

export interface FrameReceiver {
  /** A part of a DATA frame's payload; the bytes stay valid. */
  data(id: number, stream: number, bytes: Buffer): void;
  /** Any other frame; its payload is reused after the call. */
  frame(frame: Frame): void;
}

/** A piece this much smaller than the chunk it came in is copied: whoever keeps it would keep the chunk. */
const PINNING = 4;
const LARGE_CHUNK = 4096;

export class FrameDecoder {
  readonly #receiver: FrameReceiver;
  /** A header, then a reply's payload. */
  readonly #partial = Buffer.alloc(HEADER_SIZE + MAX_REPLY);
  #filled = 0;
  #needed = HEADER_SIZE;
  #dataLeft = 0;
  #dataId = 0;
  #dataStream = 0;

  constructor(receiver: FrameReceiver) {
    this.#receiver = receiver;
  }

  /** Throws an `AgentError` when the bytes are no frames of an agent; the decoder is of no use afterwards. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#dataLeft > 0 ? this.#takeData(chunk, at) : this.#takePartial(chunk, at);
    }
  }

  /** Whether the bytes so far end between two frames. */
  get isBetweenFrames(): boolean {
    return this.#filled === 0 && this.#dataLeft === 0;
  }

  #takeData(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#dataLeft);
    const piece = chunk.subarray(at, end);
    const pins = chunk.length >= LARGE_CHUNK && piece.length * PINNING < chunk.length;
    this.#dataLeft -= piece.length;
    this.#receiver.data(this.#dataId, this.#dataStream, pins ? Buffer.from(piece) : piece);
    return end;
  }

  #takePartial(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#needed - this.#filled);
    chunk.copy(this.#partial, this.#filled, at, end);
    this.#filled += end - at;
    if (this.#filled === this.#needed) this.#complete();
    return end;
  }

  #complete(): void {
    const length = this.#partial.readUInt32LE(0);
    const kind = this.#partial.readUInt8(4);
    const stream = this.#partial.readUInt8(5);
    const id = this.#partial.readUInt32LE(8);
    if (kind === Kind.Data) {
      if (length === 0 || length > MAX_PAYLOAD) throw protocolError(`a data frame of ${length} bytes`);
      this.#dataLeft = length;
      this.#dataId = id;
      this.#dataStream = stream;
    } else if (this.#needed === HEADER_SIZE && length > 0) {
      if (length > MAX_REPLY) throw protocolError(`a frame of kind ${kind} with ${length} bytes`);
      this.#needed += length;
      return;
    }
    const payload = this.#partial.subarray(HEADER_SIZE, this.#needed);
    this.#filled = 0;
    this.#needed = HEADER_SIZE;
    if (kind !== Kind.Data) this.#receiver.frame({ kind, stream, id, payload });
  }
}
