import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Idempotency } from './idempotency.js';
import { REAL_WORLD } from './world.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function counting() {
  const undone: number[] = [];
  let count = 0;
  const creations = new Idempotency<number>(REAL_WORLD, (value) => undone.push(value));
  return { creations, undone, create: async () => (count += 1) };
}

describe('Idempotency', () => {
  it('acts once for a key and each time without one', async () => {
    const { creations, create } = counting();
    expect(await Promise.all([creations.run('a', create), creations.run('a', create), creations.run('b', create)])).toEqual([1, 1, 2]);
    expect(await creations.run('a', create)).toBe(1);
    expect(await creations.run(undefined, create)).toBe(3);
    expect(await creations.run(undefined, create)).toBe(4);
  });

  it('acts again after a failure', async () => {
    const { creations, create } = counting();
    await expect(creations.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await creations.run('a', create)).toBe(1);
  });

  it('undoes what nobody waits for any more, unless a retry comes', async () => {
    const { creations, undone } = counting();
    const leaving = new AbortController();
    let finish: (value: number) => void = () => undefined;
    const slow = () => new Promise<number>((resolve) => (finish = resolve));
    const first = expect(creations.run('a', slow, leaving.signal)).rejects.toThrow('aborted');
    const kept = expect(creations.run('b', async () => 8, leaving.signal)).rejects.toThrow('aborted');
    leaving.abort();
    await first;
    await kept;
    finish(7);
    const retried = creations.run('b', async () => 9);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(undone).toEqual([7]);
    expect(await retried).toBe(8);
  });
});
