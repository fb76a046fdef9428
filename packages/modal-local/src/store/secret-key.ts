// The key that secrets are sealed with. It lies beside the database, so it guards copies and backups of the database
// file, not a reader of the whole directory.

import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';

export const KEY_BYTES = 32;

export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}

/** Reads the key, or creates it; of two processes that create it at once, one wins and both use its key. */
export function loadSecretKey(path: string): Buffer {
  const existing = readKey(path);
  if (existing !== undefined) return existing;
  createKey(path);
  const created = readKey(path);
  if (created === undefined) throw new SecretKeyError(`${path} vanished while it was being created.`);
  return created;
}

function readKey(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw new SecretKeyError(`${path} cannot be read: it must be a regular file of yours.`, { cause: error });
  }
  try {
    const { mode } = fstatSync(file);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new SecretKeyError(`${path} is not a regular file.`);
    if ((mode & 0o077) !== 0) {
      throw new SecretKeyError(`${path} can be read by other users. FIX: chmod 600 ${path}`);
    }
    const key = readFileSync(file);
    if (key.length !== KEY_BYTES) {
      throw new SecretKeyError(
        `${path} holds ${key.length} bytes, not ${KEY_BYTES}: restore it from a backup, or remove it and set the secrets again.`,
      );
    }
    return key;
  } finally {
    closeSync(file);
  }
}

// A complete file appears under its name or none does: written aside, then linked, which fails when the name exists.
function createKey(path: string): void {
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(KEY_BYTES));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(aside, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(aside);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
