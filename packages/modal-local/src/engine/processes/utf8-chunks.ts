// Bytes cut into texts: never within a character, so that each text says exactly how many bytes it stands for.

export interface TextChunk {
  text: string;
  /** How many bytes it was, counted with those that are no UTF-8. */
  bytes: number;
}

/** What is not UTF-8 becomes U+FFFD. */
export async function* utf8Chunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<TextChunk> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.length - incompleteTail(bytes);
    rest = bytes.subarray(end);
    if (end > 0) yield { text: bytes.toString('utf8', 0, end), bytes: end };
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), bytes: rest.length };
}

/** How many bytes at the end begin a character that is not complete. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

function lengthOf(lead: number): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}
