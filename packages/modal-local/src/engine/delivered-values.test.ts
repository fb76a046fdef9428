import { expect, it } from 'vitest';
import { DeliveredValues } from './delivered-values.js';

let now = 0;
const delivered = () => new DeliveredValues({ elapsed: () => now });

it('keeps what was delivered for a minute', () => {
  const values = delivered();
  values.add('a', [Buffer.from('x')]);
  now += 59_999;
  expect(values.find('a')).toEqual([Buffer.from('x')]);
  expect(values.find('b')).toBeUndefined();
  now += 1;
  expect(values.find('a')).toBeUndefined();
});

it('keeps the newest within its memory', () => {
  const values = delivered();
  const large = Buffer.alloc(30 * 1024 * 1024);
  for (const key of ['a', 'b', 'c']) values.add(key, [large]);
  expect(values.find('a')).toBeUndefined();
  expect(values.find('b')).toHaveLength(1);
  expect(values.find('c')).toHaveLength(1);
});
