import { expect, it } from 'vitest';
import { NewestEntries } from './newest-entries.js';

const entry = (time: number, text = 'x') => ({ sandboxId: 'sb-1', taskId: 'ta-1', source: 'stdout' as const, time, text });

it('keeps the newest entries of several streams, oldest first', () => {
  const newest = new NewestEntries(3);
  for (const time of [1, 3, 5, 2, 4]) newest.add(entry(time));
  expect(newest.oldestFirst().map(({ time }) => time)).toEqual([3, 4, 5]);
});

it('keeps the newest of very many', () => {
  const newest = new NewestEntries(10);
  for (let time = 0; time < 100_000; time += 1) newest.add(entry(time));
  expect(newest.oldestFirst().map(({ time }) => time)).toEqual(Array.from({ length: 10 }, (_, index) => 99_990 + index));
});

it('keeps no more than fits an answer', () => {
  const newest = new NewestEntries(20_000);
  const megabyte = 'x'.repeat(1024 * 1024);
  for (let time = 0; time < 40; time += 1) newest.add(entry(time, megabyte));
  expect(newest.oldestFirst().map(({ time }) => time)).toEqual(Array.from({ length: 16 }, (_, index) => 24 + index));
});

it('keeps nothing when nothing is wanted', () => {
  const newest = new NewestEntries(0);
  newest.add(entry(1));
  expect(newest.oldestFirst()).toEqual([]);
});
