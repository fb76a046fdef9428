// The archive inside a blob: gzip, zstd or plain, told by its first bytes whatever the manifest says.

import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { confined, type ConfinedOptions } from './confinement.js';
import { LayerError } from './layer-error.js';

const FORMATS: readonly { magic: Buffer; argv: readonly string[] }[] = [
  { magic: Buffer.from([0x1f, 0x8b]), argv: ['gzip', '-dc'] },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), argv: ['zstd', '-dcq'] },
];
const UNSUPPORTED: readonly { magic: Buffer; name: string }[] = [
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), name: 'xz' },
  { magic: Buffer.from('BZh'), name: 'bzip2' },
];

/** `blob` may fail at any time; so may what is returned. */
export async function* decompressed(blob: AsyncIterable<Buffer>, options: ConfinedOptions): AsyncGenerator<Buffer, void, undefined> {
  const source = blob[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done === true) throw new LayerError('CORRUPT', 'it is empty');
  const begins = ({ magic }: { magic: Buffer }): boolean => first.value.subarray(0, magic.length).equals(magic);
  const foreign = UNSUPPORTED.find(begins);
  if (foreign !== undefined) throw new LayerError('UNSUPPORTED', `it is packed with ${foreign.name}; gzip, zstd and plain tar are read`);
  const chunks = (async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => source };
  })();
  const format = FORMATS.find(begins);
  yield* format === undefined ? chunks : through(format.argv, chunks, options);
}

async function* through(argv: readonly string[], chunks: AsyncIterable<Buffer>, options: ConfinedOptions): AsyncGenerator<Buffer, void, undefined> {
  const child = confined(argv, options);
  const feeding = feed(chunks, child.stdin);
  feeding.catch(() => child.kill('SIGKILL'));
  try {
    for await (const chunk of child.stdout as Readable & AsyncIterable<Buffer>) yield chunk;
    await feeding;
    const { code, stderr } = await child.finished;
    if (code !== 0) throw new LayerError('CORRUPT', `${argv[0]} cannot unpack it: ${stderr || `code ${code}`}`);
  } finally {
    child.kill('SIGKILL');
  }
}

/** Writes everything and ends the stream; a reader that has gone is its own story, told by its exit code. */
export async function feed(chunks: AsyncIterable<Buffer>, sink: NodeJS.WritableStream): Promise<void> {
  let gone = false;
  sink.on('error', () => (gone = true));
  const closed = once(sink, 'close').catch(() => undefined);
  for await (const chunk of chunks) {
    if (gone) return;
    if (!sink.write(chunk)) await Promise.race([once(sink, 'drain').catch(() => undefined), closed]);
  }
  sink.end();
}
