// The certificate of `https` tunnels, signed by an authority made for one state directory. The authority's key signs
// this once and is forgotten: whoever trusts it trusts nothing that can still be made.

import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../error-code.js';
import { Authority, makeKeyPair, toPem, type SubjectName } from './authority.js';

const LIFE_DAYS = 825;
const RENEWAL_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface TunnelCertificate {
  /** PEM; for `localhost`, `*.localhost` and `127.0.0.1`. */
  readonly certificate: string;
  readonly key: string;
  /** File to trust, for NODE_EXTRA_CA_CERTS. */
  readonly authorityPath: string;
}

/** Reads it from `directory`, or makes it there when it is missing, damaged or about to expire. */
export function loadTunnelCertificate(directory: string, now = Date.now()): TunnelCertificate {
  const paths = { authority: join(directory, 'ca.pem'), certificate: join(directory, 'tunnel.pem'), key: join(directory, 'tunnel.key') };
  const stored = readStored(paths, now);
  if (stored !== undefined) return { ...stored, authorityPath: paths.authority };
  const made = make(now);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  replaceFile(paths.key, made.key, 0o600);
  replaceFile(paths.certificate, made.certificate, 0o644);
  replaceFile(paths.authority, made.authority, 0o644);
  return { certificate: made.certificate, key: made.key, authorityPath: paths.authority };
}

interface Paths {
  authority: string;
  certificate: string;
  key: string;
}

function readStored(paths: Paths, now: number): { certificate: string; key: string } | undefined {
  try {
    const [authority, certificate, key] = [paths.authority, paths.certificate, paths.key].map((path) => readFileSync(path, 'utf8'));
    if (authority === undefined || certificate === undefined || key === undefined) return undefined;
    const leaf = new X509Certificate(certificate);
    const matches = leaf.verify(new X509Certificate(authority).publicKey) && leaf.checkPrivateKey(createPrivateKey(key));
    return matches && Date.parse(leaf.validTo) > now + RENEWAL_DAYS * DAY_MS ? { certificate, key } : undefined;
  } catch (error) {
    // No file yet, or one that a crash cut short: it is made anew. A file that may not be read is the user's to mend.
    if (hasCode(error, 'EACCES', 'EISDIR')) throw error;
    return undefined;
  }
}

function replaceFile(path: string, content: string, mode: number): void {
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, content, { mode });
  chmodSync(aside, mode);
  renameSync(aside, path);
}

function make(now: number): { authority: string; certificate: string; key: string } {
  const authority = new Authority({ commonName: `modal-local ${randomBytes(4).toString('hex')}`, lifeDays: LIFE_DAYS, now });
  const keys = makeKeyPair();
  const names: SubjectName[] = [
    { kind: 'dns', name: 'localhost' },
    { kind: 'dns', name: '*.localhost' },
    { kind: 'address', address: '127.0.0.1' },
  ];
  return { authority: authority.certificate, certificate: authority.issue('localhost', names, keys.publicKey), key: toPem(keys.privateKey) };
}
