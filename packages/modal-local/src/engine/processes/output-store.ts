// Where the streams of one sandbox keep what does not stay in memory: one file for all of them, so that no number of
// commands uses up the engine's descriptors. It loses its name as soon as it exists: nothing to clean up, whatever
// happens to the engine.

import { randomUUID } from 'node:crypto';
import { open, statfs, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

import { DiskFullError } from '../../runtime/host/disk-full.js';

/** Of all streams of a sandbox together; past it the processes block in their writes. */
export const DEFAULT_STORE_LIMIT = 16 * 1024 ** 3;
/** The file takes no more of the disk than this part of what would be free without it. */
const PART_OF_FREE_SPACE = 0.5;
/** A disk with less is full: its space goes to others than output. */
const LEAST_FREE_BYTES = 4 * 1024 * 1024;
/** Streams that hold more than this in memory, together, keep next to nothing there. */
const MEMORY_LIMIT = 64 * 1024 * 1024;
/** The kernel's limit for one writev. */
const IOV_MAX = 1024;

export interface OutputStoreOptions {
  /** Where the file is made, if it comes to that. */
  directory: string;
  /** Bytes; default `DEFAULT_STORE_LIMIT`. */
  limitBytes?: number;
}

export class OutputStore {
  readonly #options: OutputStoreOptions;
  #file: Promise<FileHandle> | undefined;
  /** As of the last look at the disk. */
  #limit = 0;
  #end = 0;
  #memory = 0;

  constructor(options: OutputStoreOptions) {
    this.#options = options;
  }

  /** A stream's share of memory has changed by so many bytes. */
  hold(bytes: number): void {
    this.#memory += bytes;
  }

  /** Bytes that the streams hold in memory. */
  get held(): number {
    return this.#memory;
  }

  /** The streams hold too much in memory. */
  get crowded(): boolean {
    return this.#memory > MEMORY_LIMIT;
  }

  /** Where the bytes are from now on; undefined when the limit has no room for them. Rejects with ENOSPC when the disk is full. */
  async append(chunks: readonly Buffer[]): Promise<number | undefined> {
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.#end + size > this.#limit) this.#limit = await this.#measured();
    const file = await this.#opened();
    if (this.#end + size > this.#limit) return undefined;
    const position = this.#end;
    this.#end += size;
    await writeAll(file, chunks, position);
    return position;
  }

  /** At least one byte, at most `length`. */
  async read(position: number, length: number): Promise<Buffer> {
    const file = await this.#file;
    const buffer = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = (await file?.read(buffer, 0, length, position)) ?? { bytesRead: 0 };
    if (bytesRead === 0) throw new Error(`The output file ends before ${position}`);
    return buffer.subarray(0, bytesRead);
  }

  /** Forgets everything; no stream may use it any more. */
  async close(): Promise<void> {
    // One that could not be made needs no closing; its streams know why.
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }

  async #measured(): Promise<number> {
    const { directory, limitBytes = DEFAULT_STORE_LIMIT } = this.#options;
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    if (free < LEAST_FREE_BYTES) throw new DiskFullError(`${free} bytes are free in ${directory}`);
    return Math.min(limitBytes, Math.floor((this.#end + free) * PART_OF_FREE_SPACE));
  }

  /** One that could not be made is tried again: the disk may have room by then. */
  async #opened(): Promise<FileHandle> {
    this.#file ??= this.#open().catch((error: unknown) => {
      this.#file = undefined;
      throw error;
    });
    return await this.#file;
  }

  async #open(): Promise<FileHandle> {
    const name = path.join(this.#options.directory, `output-${randomUUID()}`);
    const file = await open(name, 'wx+', 0o600);
    await unlink(name);
    return file;
  }
}

async function writeAll(file: FileHandle, chunks: readonly Buffer[], position: number): Promise<void> {
  let at = position;
  for (let first = 0; first < chunks.length; first += IOV_MAX) {
    const group = chunks.slice(first, first + IOV_MAX);
    const total = group.reduce((sum, chunk) => sum + chunk.length, 0);
    const { bytesWritten } = await file.writev(group, at);
    at += bytesWritten;
    if (bytesWritten === total) continue;
    const rest = Buffer.concat(group).subarray(bytesWritten);
    await writeRest(file, rest, at);
    at += rest.length;
  }
}

async function writeRest(file: FileHandle, rest: Buffer, position: number): Promise<void> {
  for (let written = 0; written < rest.length; ) {
    written += (await file.write(rest, written, rest.length - written, position + written)).bytesWritten;
  }
}
