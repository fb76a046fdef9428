import { expect, it } from 'vitest';

import { BuildLog } from './build-log.js';

const last = (log: BuildLog) => log.after(0).at(-1)?.text;

it('gives what came after an entry', () => {
  const log = new BuildLog(() => 0);
  for (const text of ['a', 'b', 'c']) log.write(text);
  expect(log.after(0).map(({ id, text }) => [id, text])).toEqual([[1, 'a'], [2, 'b'], [3, 'c']]);
  expect(log.after(2).map(({ text }) => text)).toEqual(['c']);
  expect(log.after(3)).toEqual([]);
});

it('forgets the beginning of a build that says too much', () => {
  const log = new BuildLog(() => 0);
  for (let line = 1; line <= 100; line += 1) log.write(`${line}`.padEnd(100_000));
  expect(log.characters).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(last(log)?.trim()).toBe('100');
  expect(log.after(99).length).toBe(1);
  expect(log.after(0).reduce((sum, { text }) => sum + text.length, 0)).toBe(log.characters);
});

it('keeps few entries of a build that speaks a character at a time', () => {
  const log = new BuildLog(() => 0);
  for (let said = 0; said < 200_000; said += 1) log.write('x');
  log.write('end');
  expect(log.after(0).length).toBeLessThanOrEqual(64 * 1024);
  expect(log.after(200_000)).toMatchObject([{ id: 200_001, text: 'end' }]);
  expect(log.after(0)[0]?.id).toBe(200_001 - log.after(0).length + 1);
});

it('keeps the last entry however long it is', () => {
  const log = new BuildLog(() => 0);
  log.write('short');
  log.write('x'.repeat(5 * 1024 * 1024));
  expect(log.after(0).length).toBe(1);
});

it('tells followers what is new, and the end', async () => {
  const log = new BuildLog(() => 0);
  const seen: string[] = [];
  const following = (async () => {
    for await (const entries of log.follow(0)) seen.push(...entries.map(({ text }) => text));
  })();
  log.write('a');
  await new Promise(setImmediate);
  log.line('b');
  log.end();
  await following;
  expect(seen).toEqual(['a', 'b\n']);
});
