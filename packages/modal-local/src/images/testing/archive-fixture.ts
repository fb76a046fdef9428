// Archives for tests: each entry exactly as written, hostile or not.

import { gzipSync } from 'node:zlib';
import { END_OF_ARCHIVE, writeEntry } from '../layers/entry-writer.js';
import { padded } from '../layers/tar-header.js';
import type { PaxRecord } from '../layers/pax.js';

export interface FixtureEntry {
  name: string;
  type?: string;
  linkName?: string;
  content?: string | Buffer;
  mode?: number;
  uid?: number;
  gid?: number;
  device?: readonly [major: number, minor: number];
  pax?: readonly PaxRecord[];
}

export function fixtureArchive(entries: readonly FixtureEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, type = '0', linkName = '', content = '', mode = 0o644, uid = 0, gid = 0, device = [0, 0], pax }) => {
    const bytes = Buffer.from(content);
    const body = Buffer.alloc(padded(bytes.length));
    bytes.copy(body);
    const header = { name, type, linkName, mode, uid, gid, size: bytes.length, mtime: 1_700_000_000, deviceMajor: device[0], deviceMinor: device[1] };
    return [writeEntry(header, pax), body];
  });
  return Buffer.concat([...blocks, END_OF_ARCHIVE]);
}

export function fixtureLayer(entries: readonly FixtureEntry[]): Buffer {
  return gzipSync(fixtureArchive(entries));
}
