import { expect, it } from 'vitest';

import { defer } from './channel.js';
import { WINDOW_TO_ENGINE } from './frames.js';
import { OutputStream } from './output-stream.js';

it('hands on a window that came byte by byte in few pieces, in order', async () => {
  const pieces: Buffer[] = [];
  const gate = defer<void>();
  const ended = defer<void>();
  const sink = { write: (piece: Buffer) => (pieces.push(piece) === 1 ? gate.promise : undefined), end: ended.resolve };
  const stream = new OutputStream(sink, { credit: () => undefined, sinkFailed: ended.reject });
  for (let sent = 0; sent < WINDOW_TO_ENGINE; sent += 1) stream.receive(Buffer.of(sent % 251));
  stream.end();
  gate.resolve();
  await ended.promise;
  const bytes = Buffer.concat(pieces);
  expect(bytes.length).toBe(WINDOW_TO_ENGINE);
  expect(bytes.every((byte, index) => byte === index % 251)).toBe(true);
  expect(pieces.length).toBeLessThan(50);
});

it('hands on large chunks as they are', async () => {
  const pieces: Buffer[] = [];
  const ended = defer<void>();
  const sink = { write: async (piece: Buffer) => void pieces.push(piece), end: ended.resolve };
  const stream = new OutputStream(sink, { credit: () => undefined, sinkFailed: ended.reject });
  const chunks = [Buffer.alloc(64 * 1024), Buffer.alloc(64 * 1024), Buffer.of(1), Buffer.alloc(64 * 1024)];
  for (const chunk of chunks) stream.receive(chunk);
  stream.end();
  await ended.promise;
  expect(pieces.map((piece, index) => piece.buffer === chunks[index]?.buffer || piece.length === 1)).toEqual([true, true, true, true]);
});
