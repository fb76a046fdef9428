// Chunks that wait for a slow sink, in few pieces however small they came: an agent may send its window byte by byte.

/** Smaller chunks are copied into a piece of this size. */
const PIECE = 16 * 1024;

interface Piece {
  bytes: Buffer;
  used: number;
}

export class WaitingChunks {
  readonly #pieces: Piece[] = [];

  push(chunk: Buffer): void {
    if (chunk.length >= PIECE) {
      this.#pieces.push({ bytes: chunk, used: chunk.length });
      return;
    }
    const piece = this.#pieceFor(chunk.length);
    chunk.copy(piece.bytes, piece.used);
    piece.used += chunk.length;
  }

  /** The oldest piece, which is the caller's from now on. */
  shift(): Buffer | undefined {
    const piece = this.#pieces.shift();
    return piece?.bytes.subarray(0, piece.used);
  }

  #pieceFor(size: number): Piece {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.bytes.length - last.used >= size) return last;
    const piece = { bytes: Buffer.allocUnsafeSlow(PIECE), used: 0 };
    this.#pieces.push(piece);
    return piece;
  }
}
