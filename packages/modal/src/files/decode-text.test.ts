import { expect, test } from 'vitest';

import { decodeText } from './decode-text.js';

test('text is exact, whatever the bytes', () => {
  expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff]), '/x')).toBe('\uFEFFa\uFFFD');
});

test('a file that is longer than text can be is told as one', () => {
  expect(() => decodeText(new Uint8Array(2 ** 29), '/big')).toThrow(
    expect.objectContaining({ code: 'file_too_large', path: '/big', suggestion: expect.stringContaining('readBytes()') as string }),
  );
});
