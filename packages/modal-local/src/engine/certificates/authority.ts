// A certificate authority of our own. Its key never leaves this process: whoever trusts its certificate trusts nothing
// that can be made after the process has ended. Elliptic curves, for a key takes a fraction of a millisecond to make.

import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, boolean, implicit, integer, objectIdentifier, octets, pem, sequence, set, tagged, time, utf8 } from './der.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const VERSION_3 = tagged(0, integer(Buffer.from([2])));

export type SubjectName = { kind: 'dns'; name: string } | { kind: 'address'; address: string };

export interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

export interface AuthorityOptions {
  commonName: string;
  lifeDays: number;
  /** Milliseconds since 1970. */
  now: number;
}

export class Authority {
  /** PEM. */
  readonly certificate: string;
  readonly #options: AuthorityOptions;
  readonly #keys = makeKeyPair();

  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.certificate = this.#sign(options.commonName, this.#keys.publicKey, [
      extension('2.5.29.19', sequence(boolean(true), integer(Buffer.from([0]))), { critical: true }),
      // keyCertSign
      extension('2.5.29.15', bits(Buffer.from([0x04]), 2), { critical: true }),
      extension('2.5.29.14', octets(keyIdentifier(this.#keys.publicKey))),
    ]);
  }

  /** A server's certificate, in PEM, as long-lived as the authority's own. */
  issue(commonName: string, names: readonly SubjectName[], publicKey: KeyObject): string {
    return this.#sign(commonName, publicKey, [
      extension('2.5.29.19', sequence(), { critical: true }),
      // digitalSignature
      extension('2.5.29.15', bits(Buffer.from([0x80]), 7), { critical: true }),
      // serverAuth
      extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', sequence(...names.map(alternativeName))),
      extension('2.5.29.35', sequence(implicit(0, keyIdentifier(this.#keys.publicKey)))),
    ]);
  }

  #sign(subject: string, publicKey: KeyObject, extensions: readonly Buffer[]): string {
    const { commonName, lifeDays, now } = this.#options;
    const content = sequence(
      VERSION_3,
      integer(randomBytes(16)),
      ECDSA_WITH_SHA256,
      distinguishedName(commonName),
      sequence(time(new Date(now - DAY_MS)), time(new Date(now + lifeDays * DAY_MS))),
      distinguishedName(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(3, sequence(...extensions)),
    );
    const signature = sign('sha256', content, this.#keys.privateKey);
    return pem('CERTIFICATE', sequence(content, ECDSA_WITH_SHA256, bits(signature)));
  }
}

export function makeKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A common name holds 64 characters; clients read the alternative names. */
function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8(commonName.slice(0, 64)))));
}

function extension(oid: string, value: Buffer, { critical = false } = {}): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octets(value));
}

function alternativeName(name: SubjectName): Buffer {
  if (name.kind === 'dns') return implicit(2, Buffer.from(name.name, 'latin1'));
  return implicit(7, Buffer.from(name.address.split('.').map(Number)));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha1').update(publicKey.export({ type: 'spki', format: 'der' })).digest();
}
