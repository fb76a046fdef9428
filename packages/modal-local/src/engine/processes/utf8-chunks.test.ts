import { expect, it } from 'vitest';

import { utf8Chunks } from './utf8-chunks.js';

async function collect(...chunks: Buffer[]) {
  const texts: { text: string; bytes: number }[] = [];
  const source = (async function* () {
    yield* chunks;
  })();
  for await (const chunk of utf8Chunks(source)) texts.push(chunk);
  return texts;
}

it('never cuts a character', async () => {
  const bytes = Buffer.from('aé€😀z');
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const texts = await collect(bytes.subarray(0, cut), bytes.subarray(cut));
    expect(texts.map(({ text }) => text).join('')).toBe('aé€😀z');
    for (const { text, bytes: length } of texts) expect(Buffer.byteLength(text)).toBe(length);
  }
});

it('counts bytes that are no text', async () => {
  const texts = await collect(Buffer.from([0xff, 0xfe, 0x41]), Buffer.from([0xe2, 0x82]));
  expect(texts).toEqual([
    { text: '\ufffd\ufffdA', bytes: 3 },
    { text: '\ufffd', bytes: 2 },
  ]);
});
