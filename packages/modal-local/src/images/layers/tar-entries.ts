// The entries of a tar archive as they are meant: extended headers and long names already applied.

import type { ByteReader } from './byte-reader.js';
import { truncated } from './byte-reader.js';
import { LayerError } from './layer-error.js';
import { parsePax, type PaxRecord } from './pax.js';
import { BLOCK, isZero, padded, parseHeader, type TarHeader } from './tar-header.js';

/** Records of one entry's extended header, and a long name, at most. */
const MAX_EXTENSION = 1024 * 1024;

export interface TarEntry extends TarHeader {
  /** As in the archive, with its sparse map for type `S`. */
  block: Buffer;
  /** Extended header records that are neither name, link, owner, size nor time. */
  extra: PaxRecord[];
  /** The time with its fraction, when the archive has one. */
  exactMtime: string | undefined;
}

/** The consumer reads the entry's body (`padded(size)` bytes) from the same reader before it asks for the next one. */
export async function* tarEntries(reader: ByteReader): AsyncGenerator<TarEntry, void, undefined> {
  let global: readonly PaxRecord[] = [];
  let local: readonly PaxRecord[] = [];
  let longName: string | undefined;
  let longLink: string | undefined;
  for (;;) {
    const block = await reader.take(BLOCK);
    if (block === undefined || isZero(block)) return;
    const header = parseHeader(block);
    switch (header.type) {
      case 'g':
        global = [...global, ...parsePax(await extension(reader, header))];
        break;
      case 'x':
        local = parsePax(await extension(reader, header));
        break;
      case 'L':
        longName = untilNul(await extension(reader, header));
        break;
      case 'K':
        longLink = untilNul(await extension(reader, header));
        break;
      default: {
        const base = { ...header, name: longName ?? header.name, linkName: longLink ?? header.linkName };
        yield applied(base, block, [...global, ...local]);
        local = [];
        longName = longLink = undefined;
      }
    }
  }
}

function applied(header: TarHeader, block: Buffer, records: readonly PaxRecord[]): TarEntry {
  const entry: TarEntry = { ...header, block, extra: [], exactMtime: undefined };
  for (const [key, value] of records) {
    const text = value.toString('latin1');
    if (key === 'path') entry.name = text;
    else if (key === 'linkpath') entry.linkName = text;
    else if (key === 'uid') entry.uid = decimal(text);
    else if (key === 'gid') entry.gid = decimal(text);
    else if (key === 'size') entry.size = decimal(text);
    else if (key === 'mtime') entry.exactMtime = text;
    else entry.extra.push([key, value]);
  }
  // A sparse file's own name hides behind a made-up one.
  const sparseName = records.findLast(([key]) => key === 'GNU.sparse.name');
  if (sparseName !== undefined) entry.name = sparseName[1].toString('latin1');
  if (entry.size < 0) throw new LayerError('CORRUPT', 'an entry has a negative size');
  if (entry.name.includes('\0') || entry.linkName.includes('\0')) throw new LayerError('CORRUPT', 'a name holds a NUL byte');
  // Links, directories and nodes have no body, whatever their header says.
  if (['1', '2', '3', '4', '5', '6'].includes(entry.type)) entry.size = 0;
  return entry;
}

async function extension(reader: ByteReader, header: TarHeader): Promise<Buffer> {
  if (header.size > MAX_EXTENSION) throw new LayerError('TOO_LARGE', `an extended header has ${header.size} bytes; the limit is ${MAX_EXTENSION}`);
  const body = header.size === 0 ? Buffer.alloc(0) : await reader.take(padded(header.size));
  if (body === undefined) throw truncated();
  return Buffer.from(body.subarray(0, header.size));
}

function untilNul(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('latin1', 0, end === -1 ? body.length : end);
}

function decimal(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value)) throw new LayerError('CORRUPT', 'an extended header holds no number where one belongs');
  return value;
}
