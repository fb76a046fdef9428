// Environment variables encrypted at rest: AES-256-GCM, bound to the secret they belong to, so that a row copied over
// another one does not open.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KeyFileError } from './key-file.js';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export type Env = Readonly<Record<string, string>>;

/** Nonce, then tag, then ciphertext. */
export function sealEnv(key: Uint8Array, secretId: string, env: Env): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(secretId));
  const text = Buffer.concat([cipher.update(JSON.stringify(env), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

export function openEnv(key: Uint8Array, secretId: string, sealed: Uint8Array): Env {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const text = sealed.subarray(NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(secretId));
  try {
    decipher.setAuthTag(tag);
    const plain = Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    return JSON.parse(plain) as Env;
  } catch (error) {
    throw new KeyFileError(
      `Secret ${secretId} does not open with this state directory's secrets.key. Restore the key, or set the secret again.`,
      { cause: error },
    );
  }
}
