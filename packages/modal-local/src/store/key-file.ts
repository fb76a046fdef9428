// A file that only its owner may read, and that appears whole or not at all.

import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { hasCode } from '../error-code.js';
import { StateError } from './state-error.js';

export class KeyFileError extends StateError {
  override readonly name = 'KeyFileError';
}

/** What the file holds; `make` says what, when there is none. Of two processes that create it at once, one wins. */
export function loadOrCreateKeyFile(path: string, make: () => Uint8Array): Buffer {
  const existing = read(path);
  if (existing !== undefined) return existing;
  create(path, make());
  const created = read(path);
  if (created === undefined) throw new KeyFileError(`${path} vanished while it was being created.`);
  return created;
}

function read(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new KeyFileError(`${path} cannot be read: it must be a regular file of yours.`, { cause: error });
  }
  try {
    const { mode } = fstatSync(file);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new KeyFileError(`${path} is not a regular file.`);
    if ((mode & 0o077) !== 0) throw new KeyFileError(`${path} can be read by other users. FIX: chmod 600 ${path}`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

// Written aside, then linked, which fails when the name exists.
function create(path: string, content: Uint8Array): void {
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(aside, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(aside);
  }
}
