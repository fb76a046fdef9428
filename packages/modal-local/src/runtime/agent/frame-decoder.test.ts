import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AgentError } from './errors.js';
import { FrameDecoder } from './frame-decoder.js';
import { encodeHeader, Kind, MAX_PAYLOAD, MAX_REPLY } from './frames.js';

interface Seen {
  kind: number;
  stream: number;
  id: number;
  payload: string;
}

/** Decodes chunks; the pieces of one DATA frame after the other are joined. */
function decode(chunks: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  let joined: Buffer[] = [];
  const flush = (): void => {
    const last = seen.at(-1);
    if (last !== undefined && joined.length > 0) last.payload += Buffer.concat(joined).toString('hex');
    joined = [];
  };
  const decoder = new FrameDecoder({
    data: (id, stream, bytes) => {
      const last = seen.at(-1);
      if (joined.length === 0 || last?.id !== id || last.stream !== stream) {
        flush();
        seen.push({ kind: Kind.Data, stream, id, payload: '' });
      }
      joined.push(bytes);
    },
    frame: ({ kind, stream, id, payload }) => {
      flush();
      seen.push({ kind, stream, id, payload: payload.toString('hex') });
    },
  });
  for (const chunk of chunks) decoder.push(chunk);
  flush();
  return seen;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const reply = fc.record({
  kind: fc.constantFrom(Kind.Started, Kind.Exited, Kind.End, Kind.Credit, Kind.Released, 0x33),
  stream: fc.nat(255),
  id: fc.nat(0xffffffff),
  payload: fc.uint8Array({ maxLength: MAX_REPLY }),
});
const data = fc.record({
  kind: fc.constant(Kind.Data),
  stream: fc.nat(255),
  id: fc.nat(0xffffffff),
  payload: fc.uint8Array({ minLength: 1, maxLength: 20_000, size: 'max' }),
});

describe('FrameDecoder', () => {
  it('finds the same frames however the bytes are cut', () => {
    const property = fc.property(fc.array(fc.oneof(reply, data), { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 }), (frames, cuts) => {
      const bytes = Buffer.concat(
        frames.flatMap(({ kind, stream, id, payload }) => [encodeHeader(kind, stream, id, payload.length), payload]),
      );
      expect(decode(split(bytes, cuts))).toEqual(decode([bytes]));
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('gives back what was encoded', () => {
    const frame = Buffer.concat([encodeHeader(Kind.Data, 2, 7, 5), Buffer.from('hello'), encodeHeader(Kind.End, 2, 7, 0)]);
    expect(decode([frame])).toEqual([
      { kind: Kind.Data, stream: 2, id: 7, payload: Buffer.from('hello').toString('hex') },
      { kind: Kind.End, stream: 2, id: 7, payload: '' },
    ]);
  });

  it('answers any bytes with frames or a typed error', () => {
    const property = fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
      try {
        decode(chunks.map((chunk) => Buffer.from(chunk)));
      } catch (error) {
        expect(error).toBeInstanceOf(AgentError);
        expect(error).toMatchObject({ code: 'AGENT_PROTOCOL' });
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['data without bytes', encodeHeader(Kind.Data, 1, 1, 0)],
    ['data longer than the limit', encodeHeader(Kind.Data, 1, 1, MAX_PAYLOAD + 1)],
    ['a long reply', encodeHeader(Kind.Exited, 0, 1, MAX_REPLY + 1)],
    ['the longest length', encodeHeader(Kind.Hello, 0, 0, 0xffffffff)],
  ])('refuses %s by its header alone', (_name, header) => {
    expect(() => decode([header])).toThrow(AgentError);
  });

  it('passes data on without copying it, unless a small piece would keep a large chunk alive', () => {
    const pieces: Buffer[] = [];
    const decoder = new FrameDecoder({ data: (_id, _stream, bytes) => void pieces.push(bytes), frame: () => undefined });
    const chunk = Buffer.concat([encodeHeader(Kind.Data, 1, 1, 60_000), Buffer.alloc(60_000), encodeHeader(Kind.Data, 1, 1, 3), Buffer.from('abc')]);
    decoder.push(chunk);
    expect(pieces.map((piece) => piece.length)).toEqual([60_000, 3]);
    expect(pieces.map((piece) => piece.buffer === chunk.buffer)).toEqual([true, false]);
  });
});
