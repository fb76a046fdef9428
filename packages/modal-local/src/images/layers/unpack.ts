// Unpacks one layer blob into an empty directory.

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { saysDiskFull } from '../../runtime/host/disk-full.js';
import { confined, type ConfinedExit } from './confinement.js';
import { decompressed, feed } from './decompress.js';
import { LayerArchive, type ArchiveOrigin } from './layer-archive.js';
import { LayerError } from './layer-error.js';
import { END_OF_ARCHIVE, writeEntry } from './entry-writer.js';
import { DEFAULT_LAYER_LIMITS, type LayerLimits } from './layer-limits.js';
import type { PaxRecord } from './pax.js';
import type { TarHeader } from './tar-header.js';

export interface UnpackRequest {
  blob: string;
  /** Empty; it becomes the layer. */
  directory: string;
  /** An empty directory beside it. */
  scratch: string;
  /** `sha256:…` of the blob as it is; unchecked when absent. */
  digest?: string;
  /** `sha256:…` of the archive inside; unchecked when absent. */
  diffId?: string;
  limits?: LayerLimits;
  signal?: AbortSignal;
}

export interface Unpacked {
  /** `sha256:…` of the archive. */
  diffId: string;
  entries: number;
  /** The layer's root is opaque: nothing of the layers below it shows. */
  hidesLower: boolean;
}

const OPAQUE: PaxRecord = ['SCHILY.xattr.trusted.overlay.opaque', Buffer.from('y')];
const TAR = ['tar', '--extract', '--file=-', '--directory=/out', '--absolute-names', '--numeric-owner', '--same-owner', '--same-permissions', '--delay-directory-restore', '--xattrs'];

/** Rejects with `LayerError`; what is in `directory` then is worthless. */
export async function unpackLayer(request: UnpackRequest): Promise<Unpacked> {
  const { blob, directory, scratch, limits = DEFAULT_LAYER_LIMITS, signal } = request;
  const confinement = { scratch, ...(signal === undefined ? {} : { signal }) };
  const packed = new Meter(createReadStream(blob, { highWaterMark: 256 * 1024, ...(signal === undefined ? {} : { signal }) }));
  const unpacked = new Meter(decompressed(packed, confinement));
  const archive = await unpackArchive(unpacked, { ...confinement, directory, limits, origin: 'registry', packedBytes: () => packed.bytes });
  await packed.drain();
  checkDigest('blob', request.digest, packed.digest());
  const diffId = unpacked.digest();
  checkDigest('archive', request.diffId, diffId);
  return { diffId, entries: archive.entries, hidesLower: archive.hidesLower };
}

export interface ArchiveTarget {
  directory: string;
  scratch: string;
  limits: LayerLimits;
  origin: ArchiveOrigin;
  /** Unlimited growth when absent. */
  packedBytes?: () => number;
  signal?: AbortSignal;
}

/** Rejects with `LayerError`. */
export async function unpackArchive(content: AsyncIterable<Buffer>, { limits, origin, packedBytes = () => Infinity, ...confinement }: ArchiveTarget): Promise<LayerArchive> {
  const archive = new LayerArchive({ limits, origin, packedBytes });
  await tar([...TAR, '--xattrs-include=user.*'], archive.convert(content), confinement);
  const marks = archive.opaqueMarks();
  if (marks.length > 0) await markOpaque(confinement.directory, confinement.scratch, marks);
  return archive;
}

/** Makes directories hide what is below them; each header names one that is there, and how it is. */
export async function markOpaque(directory: string, scratch: string, directories: readonly TarHeader[]): Promise<void> {
  const archive = Buffer.concat([...directories.map((header) => writeEntry(header, [OPAQUE])), END_OF_ARCHIVE]);
  await tar([...TAR, '--xattrs-include=trusted.overlay.opaque'], [archive], { directory, scratch, trusted: true });
}

async function tar(argv: readonly string[], content: AsyncIterable<Buffer> | Iterable<Buffer>, options: Parameters<typeof confined>[1]): Promise<void> {
  const child = confined(argv, options);
  child.stdout.resume();
  try {
    await feed(toAsync(content), child.stdin);
  } catch (error) {
    child.kill('SIGKILL');
    await child.finished.catch(() => undefined);
    throw error;
  }
  checkTar(await child.finished);
}

async function* toAsync(content: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield* content;
}

function checkTar({ code, stderr }: ConfinedExit): void {
  if (code === 0) return;
  if (saysDiskFull(stderr)) throw new LayerError('DISK_FULL', 'the disk of the state directory is full. Free space on it, and try again');
  throw new LayerError('CORRUPT', `tar cannot unpack it: ${stderr || `code ${code}`}`);
}

function checkDigest(what: string, expected: string | undefined, found: string): void {
  if (expected !== undefined && expected !== found) throw new LayerError('DIGEST_MISMATCH', `its ${what} is ${found}, and ${expected} was promised`);
}

/** Counts and hashes what passes. */
class Meter implements AsyncIterable<Buffer> {
  readonly #hash: Hash = createHash('sha256');
  readonly #source: AsyncIterator<Buffer>;
  bytes = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return {
      next: async () => {
        const step = await this.#source.next();
        if (step.done !== true) {
          this.bytes += step.value.length;
          this.#hash.update(step.value);
        }
        return step;
      },
      return: async (value: unknown) => (await this.#source.return?.(value)) ?? { done: true, value },
    };
  }

  async drain(): Promise<void> {
    const iterator = this[Symbol.asyncIterator]();
    while ((await iterator.next()).done !== true);
  }

  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}
