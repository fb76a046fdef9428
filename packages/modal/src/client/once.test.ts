import { expect, test, vi } from 'vitest';

import { Once } from './once.js';

test('those who come meanwhile share one look-up', async () => {
  const once = new Once<number>();
  const make = vi.fn(async () => 1);
  expect(await Promise.all([once.get('a', make), once.get('a', make), once.get('b', make)])).toEqual([1, 1, 1]);
  expect(make).toHaveBeenCalledTimes(2);
});

test('a failure is told to those who waited, and not kept', async () => {
  const once = new Once<number>();
  const fail = async (): Promise<number> => {
    throw new Error('once');
  };
  const waiting = [once.get('a', fail), once.get('a', fail)];
  for (const wait of waiting) await expect(wait).rejects.toThrow('once');
  expect(await once.get('a', async () => 2)).toBe(2);
});

test('clear forgets', async () => {
  const once = new Once<number>();
  await once.get('a', async () => 1);
  once.clear();
  expect(await once.get('a', async () => 2)).toBe(2);
});

test('the oldest is looked up again when there are too many', async () => {
  const once = new Once<string>(2);
  for (const key of ['a', 'b', 'c']) await once.get(key, async () => 'first');
  expect(await once.get('c', async () => 'again')).toBe('first');
  expect(await once.get('a', async () => 'again')).toBe('again');
});
