// A file that has lost its name as soon as it exists: nothing to clean up, whatever happens to the engine.

import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** The kernel's limit for one writev. */
const IOV_MAX = 1024;

export interface SpoolFile {
  read(position: number, length: number): Promise<Buffer>;
  write(chunks: readonly Buffer[], position: number): Promise<void>;
  close(): Promise<void>;
}

export async function openSpoolFile(directory: string): Promise<SpoolFile> {
  const name = path.join(directory, `output-${randomUUID()}`);
  const file = await open(name, 'wx+', 0o600);
  await unlink(name);
  return {
    read: (position, length) => readAt(file, position, length),
    write: (chunks, position) => writeAll(file, chunks, position),
    close: () => file.close(),
  };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead === 0) throw new Error(`The spool file ends before ${position}`);
  return buffer.subarray(0, bytesRead);
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
