// The archive that tar gets to see: our own spelling of each entry, so that no two readers understand it differently.

import { formatPax, type PaxRecord } from './pax.js';
import { BLOCK, formatHeader, padded, putNumber, seal, type TarHeader } from './tar-header.js';
import type { TarEntry } from './tar-entries.js';

const NO_NAME = { mode: 0o644, uid: 0, gid: 0, mtime: 0, linkName: '', deviceMajor: 0, deviceMinor: 0 };

/** Two blocks of zeros. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK);

export function writeEntry(header: TarHeader, records: readonly PaxRecord[] = []): Buffer {
  const block = formatHeader(header);
  // tar reads the map of a sparse file as the header's format says.
  if (records.some(([key]) => key.startsWith('GNU.sparse.'))) {
    block.write('ustar\x0000', 257, 'latin1');
    seal(block);
  }
  return Buffer.concat([...extensions(header, records), block]);
}

/** A sparse file in GNU's old form keeps its own header, which holds the map. */
export function writeSparseEntry(header: TarHeader, entry: TarEntry, records: readonly PaxRecord[]): Buffer {
  const block = Buffer.from(entry.block);
  block.fill(0, 0, 100);
  block.write(header.name.slice(0, 100), 0, 'latin1');
  putNumber(block, 100, 8, header.mode);
  putNumber(block, 108, 8, header.uid);
  putNumber(block, 116, 8, header.gid);
  return Buffer.concat([...extensions(header, records), seal(block)]);
}

function extensions(header: TarHeader, records: readonly PaxRecord[]): Buffer[] {
  const blocks: Buffer[] = [];
  if (records.length > 0) blocks.push(extension('x', formatPax(records)));
  if (header.name.length > 100) blocks.push(extension('L', Buffer.from(`${header.name}\0`, 'latin1')));
  if (header.linkName.length > 100) blocks.push(extension('K', Buffer.from(`${header.linkName}\0`, 'latin1')));
  return blocks;
}

function extension(type: string, body: Buffer): Buffer {
  const block = Buffer.alloc(padded(body.length));
  body.copy(block);
  return Buffer.concat([formatHeader({ ...NO_NAME, name: '././@LongLink', type, size: body.length }), block]);
}
