// The key that secrets are sealed with. It lies beside the database, so it guards copies and backups of the database
// file, not a reader of the whole directory.

import { randomBytes } from 'node:crypto';
import { KeyFileError, loadOrCreateKeyFile } from './key-file.js';

const KEY_BYTES = 32;

/** Reads the key, or creates it. Throws `KeyFileError`. */
export function loadSecretKey(path: string): Buffer {
  const key = loadOrCreateKeyFile(path, () => randomBytes(KEY_BYTES));
  if (key.length === KEY_BYTES) return key;
  throw new KeyFileError(
    `${path} holds ${key.length} bytes, not ${KEY_BYTES}: restore it from a backup, or remove it and set the secrets again.`,
  );
}
