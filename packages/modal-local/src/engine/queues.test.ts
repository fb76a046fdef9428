import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ephemeralStateDirectory, type EphemeralState } from '../store/state-directory.js';
import { NamedObjects } from './objects.js';
import { QUEUE_LIMITS } from './queues.js';
import { EPHEMERAL_LIFE } from './creation.js';
import { REAL_WORLD } from './world.js';

const ROOT = new Uint8Array();
const AT_ONCE = { milliseconds: 0 };
const LONG = { milliseconds: 60_000 };

let state: EphemeralState;
let objects: NamedObjects;
let now: number;
let id: string;

const open = () => new NamedObjects(state.paths, { ...REAL_WORLD, now: () => now });
const bytes = (text: string) => Buffer.from(text);
const put = (...values: string[]) => objects.queues.put(id, ROOT, values.map(bytes), 0);
const take = async (count = 1, wait = AT_ONCE) => (await objects.queues.take(id, ROOT, count, wait)).map(String);
const code = (expected: string, message: RegExp = /./) => expect.objectContaining({ code: expected, message: expect.stringMatching(message) });

beforeEach(() => {
  now = 1_700_000_000_000;
  state = ephemeralStateDirectory();
  objects = open();
  id = objects.queues.getOrCreate({ name: 'q', environmentName: '', creation: 'create-if-missing' }).id;
});

afterEach(() => {
  objects[Symbol.dispose]();
  state[Symbol.dispose]();
});

describe('queues', () => {
  it('give out items in the order they came, also after a restart', async () => {
    put('a', 'b');
    put('c');
    objects[Symbol.dispose]();
    objects = open();
    expect(await take()).toEqual(['a']);
    expect(await take(10)).toEqual(['b', 'c']);
    expect(await take()).toEqual([]);
  });

  it('that are missing are named', () => {
    expect(() => objects.queues.getOrCreate({ name: 'nope', environmentName: '', creation: 'lookup' })).toThrow(code('NOT_FOUND', /^Queue 'nope' not found$/));
    expect(() => objects.queues.put('qu-x', ROOT, [], 0)).toThrow(code('NOT_FOUND'));
  });

  it('keep partitions apart', async () => {
    put('root');
    objects.queues.put(id, bytes('p'), [bytes('in p'), bytes('too')], 0);
    expect(objects.queues.length(id, ROOT)).toBe(1);
    expect(objects.queues.length(id, bytes('p'))).toBe(2);
    expect(objects.queues.length(id, undefined)).toBe(3);
    objects.queues.clear(id, bytes('p'));
    expect(objects.queues.length(id, undefined)).toBe(1);
    objects.queues.clear(id, undefined);
    expect(objects.queues.length(id, undefined)).toBe(0);
  });

  it('forget a partition when its time since the last put is over', async () => {
    objects.queues.put(id, ROOT, [bytes('a')], 10);
    now += 9_000;
    objects.queues.put(id, ROOT, [bytes('b')], 10);
    now += 9_999;
    expect(objects.queues.length(id, ROOT)).toBe(2);
    now += 1;
    expect(objects.queues.length(id, ROOT)).toBe(0);
    put('day');
    now += 24 * 3600 * 1000 - 1;
    expect(await take()).toEqual(['day']);
  });

  it('refuse more than they hold, and take nothing of it', async () => {
    const full = Array.from({ length: QUEUE_LIMITS.items }, (_, index) => bytes(String(index)));
    objects.queues.put(id, ROOT, full, 0);
    expect(() => put('more')).toThrow(code('RESOURCE_EXHAUSTED', /5000 items/));
    await take();
    expect(() => put('two', 'more')).toThrow(code('RESOURCE_EXHAUSTED'));
    put('one');
    expect(objects.queues.length(id, ROOT)).toBe(QUEUE_LIMITS.items);
  });

  it('refuse what could never fit as a mistake', () => {
    expect(() => objects.queues.put(id, ROOT, Array<Uint8Array>(5_001).fill(ROOT), 0)).toThrow(code('INVALID_ARGUMENT', /5001/));
    expect(() => objects.queues.put(id, ROOT, [Buffer.alloc(1024 * 1024 + 1)], 0)).toThrow(code('INVALID_ARGUMENT', /1048577/));
    expect(() => objects.queues.put(id, ROOT, [], 7 * 86_400 + 1)).toThrow(code('INVALID_ARGUMENT', /604801/));
    expect(() => objects.queues.put(id, Buffer.alloc(65), [], 0)).toThrow(code('INVALID_ARGUMENT', /64 bytes/));
  });

  it('answer within a message: large items come in several answers', async () => {
    const large = Buffer.alloc(1024 * 1024, 'x');
    objects.queues.put(id, ROOT, Array<Buffer>(33).fill(large), 0);
    expect(await objects.queues.take(id, ROOT, 100, AT_ONCE)).toHaveLength(32);
    expect(await objects.queues.take(id, ROOT, 100, AT_ONCE)).toHaveLength(1);
  });
});

describe('waiting for an item', () => {
  it('ends at once when one is put', async () => {
    const waiting = take(1, LONG);
    put('a');
    expect(await waiting).toEqual(['a']);
  });

  it('gives each item to one of the callers, in the order of their coming', async () => {
    const first = take(1, LONG);
    const second = take(1, LONG);
    put('a');
    expect(await first).toEqual(['a']);
    put('b');
    expect(await second).toEqual(['b']);
  });

  it('is not ended by an item of another partition', async () => {
    const abort = new AbortController();
    const waiting = objects.queues.take(id, ROOT, 1, { ...LONG, signal: abort.signal });
    objects.queues.put(id, bytes('p'), [bytes('x')], 0);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(objects.queues.length(id, bytes('p'))).toBe(1);
  });

  it('takes nothing once the caller is gone', async () => {
    const abort = new AbortController();
    const waiting = objects.queues.take(id, ROOT, 1, { ...LONG, signal: abort.signal });
    abort.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    put('a');
    expect(await take()).toEqual(['a']);
  });

  it('ends empty when the time is over', async () => {
    expect(await take(1, { milliseconds: 20 })).toEqual([]);
  });

  it('ends with NOT_FOUND when the queue is deleted', async () => {
    const waiting = take(1, LONG);
    objects.queues.delete(id);
    await expect(waiting).rejects.toThrow(code('NOT_FOUND'));
  });
});

describe('reading without taking', () => {
  it('continues after the last entry seen, and waits there', async () => {
    put('a', 'b');
    const page = await objects.queues.next(id, ROOT, '', AT_ONCE);
    expect(page.map(({ value }) => String(value))).toEqual(['a', 'b']);
    const last = page.at(-1)?.entryId ?? '';
    const waiting = objects.queues.next(id, ROOT, last, LONG);
    put('c');
    expect((await waiting).map(({ value }) => String(value))).toEqual(['c']);
    expect(objects.queues.length(id, ROOT)).toBe(3);
  });

  it('refuses an entry id that no answer held', async () => {
    await expect(objects.queues.next(id, ROOT, 'x', AT_ONCE)).rejects.toThrow(code('INVALID_ARGUMENT', /"x"/));
  });
});

describe('ephemeral queues', () => {
  it('live from heartbeat to heartbeat', () => {
    const ephemeral = objects.queues.getOrCreate({ name: '', environmentName: '', creation: 'ephemeral' });
    now += EPHEMERAL_LIFE - 1;
    objects.queues.heartbeat(ephemeral.id);
    now += EPHEMERAL_LIFE - 1;
    expect(objects.queues.prune()).toBe(0);
    now += 1;
    expect(objects.queues.prune()).toBe(1);
    expect(() => objects.queues.heartbeat(ephemeral.id)).toThrow(code('NOT_FOUND'));
    objects.queues.heartbeat(id);
  });
});

describe('proxies', () => {
  it('are found by name once added', () => {
    expect(() => objects.proxies.byName('p', '')).toThrow(code('NOT_FOUND', /^Proxy 'p' not found$/));
    const proxy = objects.proxies.add('p', '');
    expect(proxy).toMatchObject({ id: expect.stringMatching(/^pr-/), environmentName: 'main' });
    expect(objects.proxies.byName('p', 'main')).toEqual(proxy);
    expect(objects.proxies.get(proxy.id)).toEqual(proxy);
    expect(objects.proxies.list('')).toEqual([proxy]);
    expect(() => objects.proxies.add('p', '')).toThrow(code('ALREADY_EXISTS'));
    objects.proxies.delete(proxy.id);
    expect(objects.proxies.list('')).toEqual([]);
  });
});
