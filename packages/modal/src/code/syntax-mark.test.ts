import { CodeSyntaxError } from 'computesdk';
import { expect, test } from 'vitest';

import { newMark, throwIfMarked, untilMark } from './syntax-mark.js';

const mark = newMark();

test('without the mark nothing is thrown, whatever the text says', () => {
  throwIfMarked('SyntaxError: invalid syntax\ncomputesdk-syntax-error 1\n', mark);
});

test('the error says what the parser said', () => {
  const printed = '  File "[code]", line 1\n    a b\n      ^\nSyntaxError: invalid syntax\n';
  expect(() => throwIfMarked(`warning\n${mark}${printed}`, mark)).toThrow(CodeSyntaxError);
  expect(() => throwIfMarked(mark + printed, mark)).toThrow('Syntax error: invalid syntax');
  expect(() => throwIfMarked(`${mark}IndentationError: unexpected indent\n`, mark)).toThrow('Syntax error: IndentationError: unexpected indent');
});

test.each([1, 2, 7, 1000])('live text passes up to the mark, in pieces of %d', (size) => {
  const passed: string[] = [];
  const { push, end } = untilMark(mark, (data) => passed.push(data));
  const text = `before\n${mark}SyntaxError: x`;
  for (let at = 0; at < text.length; at += size) push(text.slice(at, at + size));
  expect(end()).toBe(`${mark}SyntaxError: x`);
  expect(passed.join('')).toBe('before\n');
});

test.each([1, 3, 1000])('text that only starts like the mark passes whole, in pieces of %d', (size) => {
  const passed: string[] = [];
  const { push, end } = untilMark(mark, (data) => passed.push(data));
  const text = `computesdk-syntax ${mark.slice(0, 30)} computesdk-`;
  for (let at = 0; at < text.length; at += size) push(text.slice(at, at + size));
  expect(end()).toBe('');
  expect(passed.join('')).toBe(text);
});
