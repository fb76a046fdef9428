// The lines of an output stream from a time on, as far as they have been written. Bytes before are not read.

import type { OutputSpool } from '../processes/output-spool.js';

export interface LogLine {
  /** Milliseconds since 1970. */
  time: number;
  /** With its line feed, if it has one yet. */
  text: string;
}

/** A longer line comes in pieces. */
const MAX_LINE_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Of a stream that notes times; of any other there are none. */
export async function* logLines(spool: OutputSpool, since: number, until: number, signal?: AbortSignal): AsyncGenerator<LogLine> {
  const { marks, length: end } = spool;
  const begin = marks?.offsetAt(since);
  if (marks === undefined || begin === undefined) return;
  for await (const { offset, bytes } of lines(spool, begin, end, signal)) {
    const time = marks.timeAt(offset);
    if (time === undefined || time >= until) return;
    yield { time, text: bytes.toString('utf8') };
  }
}

interface Line {
  offset: number;
  bytes: Buffer;
}

async function* lines(spool: OutputSpool, begin: number, end: number, signal: AbortSignal | undefined): AsyncGenerator<Line> {
  // One byte earlier tells whether a line begins at `begin`: what is left of one that began before is not of this time.
  let offset = Math.max(0, begin - 1);
  let whole = begin === 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of upTo(spool, offset, end, signal)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let size = lineLength(rest); size > 0; size = lineLength(rest)) {
      if (whole) yield { offset, bytes: rest.subarray(0, size) };
      whole = true;
      offset += size;
      rest = rest.subarray(size);
    }
  }
  if (whole && rest.length > 0) yield { offset, bytes: rest };
}

/** Of the first line; 0 when it is not complete. */
function lineLength(bytes: Buffer): number {
  const feed = bytes.indexOf(LINE_FEED);
  if (feed >= 0 && feed < MAX_LINE_BYTES) return feed + 1;
  return bytes.length >= MAX_LINE_BYTES ? MAX_LINE_BYTES : 0;
}

/** A stream's reader waits for more at the end; this one stops there. */
async function* upTo(spool: OutputSpool, begin: number, end: number, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  if (begin >= end) return;
  let position = begin;
  for await (const chunk of spool.read(begin, signal)) {
    yield chunk.subarray(0, end - position);
    position += chunk.length;
    if (position >= end) return;
  }
}
