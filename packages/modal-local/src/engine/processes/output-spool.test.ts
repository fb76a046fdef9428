import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { OutputSpool } from './output-spool.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spool-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function readAll(spool: OutputSpool, offset = 0): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of spool.read(offset)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function fill(spool: OutputSpool, content: Buffer, chunkSize: number): Promise<void> {
  for (let at = 0; at < content.length; at += chunkSize) await spool.write(content.subarray(at, at + chunkSize));
  spool.end();
}

describe('OutputSpool', () => {
  it('returns what was written, as often as it is asked', async () => {
    const spool = new OutputSpool({ directory });
    await fill(spool, Buffer.from('hello world'), 3);
    expect(String(await readAll(spool))).toBe('hello world');
    expect(String(await readAll(spool, 6))).toBe('world');
    expect(String(await readAll(spool, 11))).toBe('');
    await spool.close();
  });

  it('keeps what is longer than its memory in a file without a name', async () => {
    const spool = new OutputSpool({ directory });
    const content = randomBytes(5 * 1024 * 1024 + 123);
    await fill(spool, content, 60_000);
    expect((await readAll(spool)).equals(content)).toBe(true);
    expect((await readAll(spool, 3_000_001)).equals(content.subarray(3_000_001))).toBe(true);
    expect(await readdir(directory)).toEqual([]);
    await spool.close();
  });

  it('gathers a million tiny writes', async () => {
    const spool = new OutputSpool({ directory });
    const content = randomBytes(1_000_000);
    await fill(spool, content, 1);
    expect((await readAll(spool)).equals(content)).toBe(true);
    await spool.close();
  });

  it('wakes readers that wait for more, each at its own offset', async () => {
    const spool = new OutputSpool({ directory });
    const whole = readAll(spool);
    const tail = readAll(spool, 4);
    await spool.write(Buffer.from('some'));
    await new Promise(setImmediate);
    await spool.write(Buffer.from('thing'));
    spool.end();
    expect(String(await whole)).toBe('something');
    expect(String(await tail)).toBe('thing');
    await spool.close();
  });

  it('lets a reader leave', async () => {
    const spool = new OutputSpool({ directory });
    const leaving = new AbortController();
    const read = spool.read(0, leaving.signal).next();
    leaving.abort();
    await expect(read).rejects.toThrow('aborted');
    await spool.close();
  });

  it('holds a writer back at its limit, until nobody cares', async () => {
    const spool = new OutputSpool({ directory, limitBytes: 10 });
    expect(spool.write(Buffer.from('12345'))).toBeUndefined();
    const blocked = spool.write(Buffer.from('67890'));
    expect(blocked).toBeInstanceOf(Promise);
    const first = await spool.read(0).next();
    expect(String(first.value)).toBe('1234567890');
    await spool.close();
    await blocked;
  });

  it('tells readers when the output could not be kept', async () => {
    const spool = new OutputSpool({ directory: path.join(directory, 'missing') });
    void spool.write(Buffer.alloc(2 * 1024 * 1024));
    await expect(readAll(spool, 2 * 1024 * 1024)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    await spool.close();
  });

  it('tells readers that come too late', async () => {
    const spool = new OutputSpool({ directory });
    await spool.close();
    await expect(readAll(spool)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
