import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { OutputSpool, type SpoolOptions } from './output-spool.js';
import { OutputStore, type OutputStoreOptions } from './output-store.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spool-'));
});
afterAll(() => rm(directory, { recursive: true }));

const stores: OutputStore[] = [];
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

function newStore(options: Partial<OutputStoreOptions> = {}): OutputStore {
  const store = new OutputStore({ directory, ...options });
  stores.push(store);
  return store;
}

function newSpool(options: Partial<SpoolOptions> = {}): OutputSpool {
  return new OutputSpool({ store: newStore(), ...options });
}

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
    const spool = newSpool();
    await fill(spool, Buffer.from('hello world'), 3);
    expect(String(await readAll(spool))).toBe('hello world');
    expect(String(await readAll(spool, 6))).toBe('world');
    expect(String(await readAll(spool, 11))).toBe('');
    await spool.close();
  });

  it('keeps what is longer than its memory in a file without a name', async () => {
    const spool = newSpool();
    const content = randomBytes(5 * 1024 * 1024 + 123);
    await fill(spool, content, 60_000);
    expect((await readAll(spool)).equals(content)).toBe(true);
    expect((await readAll(spool, 3_000_001)).equals(content.subarray(3_000_001))).toBe(true);
    expect(await readdir(directory)).toEqual([]);
    await spool.close();
  });

  it('gathers a million tiny writes', async () => {
    const spool = newSpool();
    const content = randomBytes(1_000_000);
    await fill(spool, content, 1);
    expect((await readAll(spool)).equals(content)).toBe(true);
    await spool.close();
  });

  it('wakes readers that wait for more, each at its own offset', async () => {
    const spool = newSpool();
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
    const spool = newSpool();
    const leaving = new AbortController();
    const read = spool.read(0, leaving.signal).next();
    leaving.abort();
    await expect(read).rejects.toThrow('aborted');
    await spool.close();
  });

  it('holds a writer back at its limit, until nobody cares', async () => {
    const spool = newSpool({ limitBytes: 10 });
    expect(spool.write(Buffer.from('12345'))).toBeUndefined();
    const blocked = spool.write(Buffer.from('67890'));
    expect(blocked).toBeInstanceOf(Promise);
    const first = await spool.read(0).next();
    expect(String(first.value)).toBe('1234567890');
    await spool.close();
    await blocked;
  });

  it('tells readers when the output could not be kept', async () => {
    const spool = newSpool({ store: newStore({ directory: path.join(directory, 'missing') }) });
    void spool.write(Buffer.alloc(2 * 1024 * 1024));
    await expect(readAll(spool, 2 * 1024 * 1024)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    await spool.close();
  });

  it('takes what its writer goes on to write, and loses it, once the store has failed', async () => {
    const spool = newSpool({ store: newStore({ directory: path.join(directory, 'missing') }) });
    const content = randomBytes(4 * 1024 * 1024);
    await fill(spool, content, 100_000);
    const kept: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of spool.read(0)) kept.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    const bytes = Buffer.concat(kept);
    expect(bytes.length).toBeGreaterThanOrEqual(1024 * 1024);
    expect(bytes.equals(content.subarray(0, bytes.length))).toBe(true);
    await spool.close();
  });

  it('keeps a short output whole when the store fails', async () => {
    const spool = newSpool({ store: newStore({ directory: path.join(directory, 'missing') }) });
    const content = randomBytes(500_000);
    await fill(spool, content, 100_000);
    expect((await readAll(spool)).equals(content)).toBe(true);
    await spool.close();
  });

  it('holds next to nothing of many outputs that a failed store does not take', async () => {
    const store = newStore({ directory: path.join(directory, 'missing') });
    const spools = Array.from({ length: 150 }, () => new OutputSpool({ store }));
    for (const spool of spools) await fill(spool, Buffer.alloc(1_000_000), 100_000);
    const lost = await Promise.all(spools.map((spool) => readAll(spool).then(() => 0, () => 1)));
    expect(lost.filter(Boolean).length).toBeGreaterThan(80);
    await Promise.all(spools.map((spool) => spool.close()));
  });

  it('uses the store again once there is room for its file', async () => {
    const late = path.join(directory, 'late');
    const store = newStore({ directory: late });
    const first = new OutputSpool({ store });
    await fill(first, Buffer.alloc(3_000_000), 100_000);
    await expect(readAll(first)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    await mkdir(late);
    const second = new OutputSpool({ store });
    const content = randomBytes(3_000_000);
    await fill(second, content, 100_000);
    expect((await readAll(second)).equals(content)).toBe(true);
    await Promise.all([first.close(), second.close()]);
  });

  it('tells readers that come too late', async () => {
    const spool = newSpool();
    await spool.close();
    await expect(readAll(spool)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('shares one file among many streams, whose bytes stay apart', async () => {
    const store = newStore();
    const contents = Array.from({ length: 50 }, () => randomBytes(300_000));
    const spools = contents.map(() => new OutputSpool({ store }));
    await Promise.all(contents.map((content, index) => fill(spools[index] ?? newSpool(), content, 20_000)));
    for (const [index, content] of contents.entries()) {
      expect((await readAll(spools[index] ?? newSpool())).equals(content)).toBe(true);
      expect((await readAll(spools[index] ?? newSpool(), 123_456)).equals(content.subarray(123_456))).toBe(true);
    }
  });

  it('blocks writers of a store that is full, and what they wrote stays readable', async () => {
    const store = newStore({ limitBytes: 1_500_000 });
    const spool = new OutputSpool({ store });
    const content = randomBytes(3_000_000);
    let written = 0;
    const writing = (async () => {
      for (; written < content.length; written += 100_000) await spool.write(content.subarray(written, written + 100_000));
    })();
    const reader = spool.read(0);
    let read = 0;
    while (read < 2_000_000) {
      const { value } = await reader.next();
      expect(value?.equals(content.subarray(read, read + value.length))).toBe(true);
      read += value?.length ?? 0;
    }
    expect(written).toBeLessThan(content.length);
    await reader.return();
    await spool.close();
    await writing;
  });
});
