import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { OutputSpool } from '../processes/output-spool.js';
import { OutputStore } from '../processes/output-store.js';
import { logLines } from './log-lines.js';

let now = 0;

/** A stream with what was written when. */
function written(...writes: [time: number, text: string][]): OutputSpool {
  const spool = new OutputSpool({ store: new OutputStore({ directory: tmpdir() }), now: () => now });
  for (const [time, text] of writes) {
    now = time;
    void spool.write(Buffer.from(text));
  }
  return spool;
}

async function linesOf(spool: OutputSpool, since = 0, until = Infinity) {
  const lines = [];
  for await (const { time, text } of logLines(spool, since, until)) lines.push([time, text]);
  return lines;
}

describe('log lines', () => {
  it('have the time of their first byte', async () => {
    expect(await linesOf(written([10, 'a\nb'], [20, 'b\nc\n']))).toEqual([
      [10, 'a\n'],
      [10, 'bb\n'],
      [20, 'c\n'],
    ]);
  });

  it('are all that is there of a stream that goes on, with the line that is not complete', async () => {
    expect(await linesOf(written([10, 'a\nwait']))).toEqual([
      [10, 'a\n'],
      [10, 'wait'],
    ]);
    expect(await linesOf(written())).toEqual([]);
  });

  it('begin within the range: not before, not in the middle, not after', async () => {
    const spool = written([10, 'a\nlo'], [20, 'ng\nb\n'], [30, 'c\n']);
    expect(await linesOf(spool, 20, 30)).toEqual([[20, 'b\n']]);
    expect(await linesOf(spool, 11, 31)).toEqual([
      [20, 'b\n'],
      [30, 'c\n'],
    ]);
    expect(await linesOf(spool, 31)).toEqual([]);
  });

  it('begin with the range when a line does', async () => {
    expect(await linesOf(written([10, 'a\n'], [20, 'b\n']), 20)).toEqual([[20, 'b\n']]);
  });

  it('come in pieces when they are long, and whole when they lie in many chunks', async () => {
    const long = 'x'.repeat(150_000);
    const lines = await linesOf(written([10, long], [20, `${long}\nend\n`]));
    expect(lines.map(([, text]) => String(text).length)).toEqual([65_536, 65_536, 65_536, 65_536, 37_857, 4]);
  });

  it('are read from a stream’s file too', async () => {
    const spool = written(...Array.from({ length: 40 }, (_, index): [number, string] => [index, `${String(index).padEnd(99_998)}|\n`]));
    spool.end();
    await spool.finished();
    expect((await linesOf(spool, 5, 8)).map(([time]) => time)).toEqual([5, 5, 6, 6, 7, 7]);
    await spool.close();
  });
});
