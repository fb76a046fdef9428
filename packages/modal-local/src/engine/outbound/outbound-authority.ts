// Vouches, inside sandboxes with an outbound policy and nowhere else, for the servers whose requests the engine
// changes. Made once in an engine's life, when it is first needed; never on disk.

import { createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Authority, makeKeyPair, type KeyPair } from '../certificates/authority.js';

const COMMON_NAME = 'modal-local outbound';
const LIFE_DAYS = 365;
const CONTEXTS_LIMIT = 1000;

export class OutboundAuthority {
  readonly #authority: Authority;
  readonly #keys: KeyPair;
  readonly #contexts = new Map<string, SecureContext>();

  private constructor(authority: Authority, keys: KeyPair) {
    this.#authority = authority;
    this.#keys = keys;
  }

  static async make(now: number): Promise<OutboundAuthority> {
    const [authority, keys] = await Promise.all([Authority.make({ commonName: COMMON_NAME, lifeDays: LIFE_DAYS, now }), makeKeyPair()]);
    return new OutboundAuthority(authority, keys);
  }

  /** PEM. */
  get certificate(): string {
    return this.#authority.certificate;
  }

  /** How OpenSSL names the file of this authority in a directory of them. */
  get directoryName(): string {
    return `${subjectHash(COMMON_NAME)}.0`;
  }

  contextFor(host: string): SecureContext {
    const known = this.#contexts.get(host);
    if (known !== undefined) return known;
    const [oldest] = this.#contexts.keys();
    if (oldest !== undefined && this.#contexts.size >= CONTEXTS_LIMIT) this.#contexts.delete(oldest);
    const cert = this.#authority.issue(host, [{ kind: 'dns', name: host }], this.#keys.publicKey);
    const context = createSecureContext({ cert, key: this.#keys.privateKey });
    this.#contexts.set(host, context);
    return context;
  }
}

/** OpenSSL's hash of a subject that is one common name: SHA-1 over its canonical form, in lower case and UTF-8. */
function subjectHash(commonName: string): string {
  const wrap = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const attribute = Buffer.concat([Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03]), wrap(0x0c, Buffer.from(commonName.toLowerCase()))]);
  const digest = createHash('sha1').update(wrap(0x31, wrap(0x30, attribute))).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}
