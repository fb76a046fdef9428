import { FailedPreconditionError, InvalidArgumentError } from 'computesdk';
import { expect, test } from 'vitest';

import { PatternSearch } from './pattern-search.js';

test.each<[string | RegExp, string[], string]>([
  ['ready', ['not re', 'a', 'dy'], 'ready'],
  ['x', ['abc', 'abx'], 'x'],
  [/port (\d+);/gy, ['port 80', '80;'], 'port 8080;'],
])('%s is found in %j', (pattern, pieces, match) => {
  const search = new PatternSearch(pattern);
  const found = pieces.map((piece) => search.push(piece));
  expect(found).toEqual([...pieces.slice(1).map(() => undefined), match]);
});

test('a log without end is searched for a string, and refused to a RegExp', () => {
  const piece = 'x'.repeat(1 << 20);
  const [text, expression] = [new PatternSearch('ready'), new PatternSearch(/ready/)];
  for (let count = 0; count < 16; count++) {
    expect(text.push(piece)).toBeUndefined();
    expect(expression.push(piece)).toBeUndefined();
  }
  expect(() => expression.push(piece)).toThrow(FailedPreconditionError);
  expect(text.push(`${piece}re`)).toBeUndefined();
  expect(text.push('ady')).toBe('ready');
});

test.each(['', undefined, 5])('%j is no pattern', (pattern) => {
  expect(() => new PatternSearch(pattern as string)).toThrow(InvalidArgumentError);
});
