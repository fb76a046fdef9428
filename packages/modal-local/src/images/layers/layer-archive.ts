// Turns a layer's archive into one that may be unpacked: checked entry by entry, owners shifted to the sandboxes'
// range, whiteouts made what overlayfs understands.

import { ID_MAP_SIZE, ROOT_UID } from '../../runtime/driver.js';
import { ByteReader } from './byte-reader.js';
import { baseOf, entryPath, hardLinkPath, parentOf } from './entry-path.js';
import { END_OF_ARCHIVE, writeEntry, writeSparseEntry } from './entry-writer.js';
import { LayerError, shown } from './layer-error.js';
import { checkSize, type LayerLimits } from './layer-limits.js';
import { LayerTree } from './layer-tree.js';
import type { PaxRecord } from './pax.js';
import { tarEntries, type TarEntry } from './tar-entries.js';
import { BLOCK, padded, type TarHeader } from './tar-header.js';
import { truncated } from './byte-reader.js';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const IMPLIED_DIRECTORY = { mode: 0o755, uid: ROOT_UID, gid: ROOT_UID, size: 0, mtime: 0, type: '5', linkName: '', deviceMajor: 0, deviceMinor: 0 };
/** Small pieces are joined up to this many bytes before they go on. */
const BATCH = 256 * 1024;
/** Owner of what belongs to nobody in the sandbox. */
const NOBODY = 65_534;

export type ArchiveOrigin = 'registry' | 'sandbox';

export interface ArchiveOptions {
  limits: LayerLimits;
  /** Bytes read of the compressed blob so far. */
  packedBytes: () => number;
  /** A sandbox's own files have the host's ids, and no marks: `.wh.` is a name like others. */
  origin: ArchiveOrigin;
}

export class LayerArchive {
  readonly #tree: LayerTree;
  readonly #whiteouts = new Set<string>();
  readonly #opaque = new Set<string>();
  readonly #directories = new Map<string, TarHeader>();
  #sparseBytes = 0;
  /** Entries so far, marks included. */
  entries = 0;

  constructor(private readonly options: ArchiveOptions) {
    // A directory may hold a file called `dev`; it becomes the root of a mount, not of a sandbox.
    this.#tree = new LayerTree({ isRoot: options.origin === 'registry' });
  }

  /** The archive for tar. Throws `LayerError` at the first entry that is refused. */
  async *convert(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    const reader = new ByteReader(source);
    try {
      yield* this.#converted(reader);
    } finally {
      // Refused, or given up on by its reader: what is left would hold the program that unpacks it for ever.
      await reader.close();
    }
  }

  async *#converted(reader: ByteReader): AsyncGenerator<Buffer, void, undefined> {
    let batch: Buffer[] = [];
    let batched = 0;
    for await (const piece of this.#pieces(reader)) {
      batch.push(piece);
      batched += piece.length;
      if (batched < BATCH) continue;
      checkSize(this.options.limits, reader.position, this.options.packedBytes());
      yield Buffer.concat(batch, batched);
      batch = [];
      batched = 0;
    }
    yield Buffer.concat([...batch, ...this.#whiteoutNodes(), END_OF_ARCHIVE]);
    // What follows the end counts for the digest.
    while ((await reader.some(BATCH)) !== undefined) checkSize(this.options.limits, reader.position, this.options.packedBytes());
  }

  get hidesLower(): boolean {
    return this.#opaque.has('');
  }

  /** Directories that hide what is below them, for when all else is in place. */
  opaqueMarks(): TarHeader[] {
    // A directory that stands where a whiteout deletes hides what was there before.
    const replaced = [...this.#whiteouts].filter((path) => this.#tree.isDirectory(path));
    const marked = new Set([...this.#opaque, ...replaced]);
    return [...marked].filter((path) => path !== '').map((path) => this.#directoryHeader(path));
  }

  async *#pieces(reader: ByteReader): AsyncGenerator<Buffer, void, undefined> {
    for await (const entry of tarEntries(reader)) {
      if (++this.entries > this.options.limits.entries) throw new LayerError('TOO_MANY_ENTRIES', `it has more than ${this.options.limits.entries} entries`);
      const path = entryPath(entry.name);
      for (const parent of this.#tree.missingParents(path)) yield writeEntry(this.#directoryHeader(parent));
      const head = this.#takeMark(path, entry) ? undefined : this.#accepted(path, entry);
      if (head === undefined) {
        await reader.skip(padded(entry.size));
        continue;
      }
      yield head;
      if (entry.type === 'S') yield* sparseMap(reader, entry.block);
      yield* body(reader, padded(entry.size));
    }
  }

  /** Whiteouts delete from lower layers only, wherever in the archive they stand. */
  #takeMark(path: string, { name }: TarEntry): boolean {
    const base = baseOf(path);
    if (this.options.origin === 'sandbox' || !base.startsWith(WHITEOUT)) return false;
    if (base === OPAQUE) {
      this.#opaque.add(parentOf(path));
      return true;
    }
    const hidden = base.slice(WHITEOUT.length);
    // Marks of the old AUFS format.
    if (hidden.startsWith(WHITEOUT)) return true;
    if (hidden === '' || hidden === '.' || hidden === '..') throw new LayerError('PATH_OUTSIDE', `the whiteout ${shown(name)} deletes no file of the layer's directory`);
    this.#whiteouts.add(parentOf(path) === '' ? hidden : `${parentOf(path)}/${hidden}`);
    return true;
  }

  #accepted(path: string, entry: TarEntry): Buffer | undefined {
    if (!'0123456S'.includes(entry.type)) throw new LayerError('UNSUPPORTED', `${shown(path)} is of the unknown type ${shown(entry.type)}`);
    if (!this.#tree.add(path, entry)) return undefined;
    const header: TarHeader = {
      ...entry,
      name: path === '' ? '.' : path,
      linkName: linkNameOf(path, entry),
      uid: this.#shifted(path, entry.uid),
      gid: this.#shifted(path, entry.gid),
      mtime: Math.max(0, entry.mtime),
    };
    if (entry.type === '5') this.#directories.set(path, header);
    const records = this.#records(entry);
    return entry.type === 'S' ? writeSparseEntry(header, entry, records) : writeEntry(header, records);
  }

  #records(entry: TarEntry): PaxRecord[] {
    const kept = entry.extra.filter(([key]) => key.startsWith('SCHILY.xattr.user.') || (key.startsWith('GNU.sparse.') && key !== 'GNU.sparse.name'));
    const size = kept.find(([key]) => key === 'GNU.sparse.realsize' || key === 'GNU.sparse.size');
    if (size !== undefined) this.#countSparse(Number(size[1].toString('latin1')));
    if (entry.type === 'S') this.#countSparse(Number.parseInt(entry.block.toString('latin1', 483, 494), 8));
    return entry.exactMtime === undefined ? kept : [['mtime', Buffer.from(entry.exactMtime, 'latin1')], ...kept];
  }

  #countSparse(bytes: number): void {
    if (Number.isFinite(bytes)) this.#sparseBytes += bytes;
    if (this.#sparseBytes > this.options.limits.sparseFile) throw new LayerError('TOO_LARGE', `its sparse files claim more than ${this.options.limits.sparseFile} bytes`);
  }

  #whiteoutNodes(): Buffer[] {
    const nodes = [...this.#whiteouts].filter((path) => !this.#tree.has(path));
    return nodes.map((name) => writeEntry({ ...IMPLIED_DIRECTORY, name, type: '3', mode: 0 }));
  }

  #shifted(path: string, id: number): number {
    if (this.options.origin === 'sandbox') return id >= ROOT_UID && id < ROOT_UID + ID_MAP_SIZE ? id : ROOT_UID + NOBODY;
    if (id < 0 || id >= ID_MAP_SIZE) throw new LayerError('ID_RANGE', `${shown(path)} belongs to the id ${id}; a sandbox has ids below ${ID_MAP_SIZE}`);
    return id + ROOT_UID;
  }

  #directoryHeader(path: string): TarHeader {
    return this.#directories.get(path) ?? { ...IMPLIED_DIRECTORY, name: path === '' ? '.' : path };
  }
}

function linkNameOf(path: string, { type, linkName }: TarEntry): string {
  if (type === '1') return hardLinkPath(path, linkName);
  return type === '2' ? linkName : '';
}

async function* sparseMap(reader: ByteReader, block: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let more = block[482] !== 0; more; ) {
    const extension = await reader.take(BLOCK);
    if (extension === undefined) throw truncated();
    more = extension[504] !== 0;
    yield extension;
  }
}

async function* body(reader: ByteReader, size: number): AsyncGenerator<Buffer, void, undefined> {
  for (let missing = size; missing > 0; ) {
    const part = await reader.some(missing);
    if (part === undefined) throw truncated();
    missing -= part.length;
    yield part;
  }
}
