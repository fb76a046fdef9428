// Vouches, inside sandboxes with an outbound policy and nowhere else, for the servers whose requests the engine
// changes. Made once in an engine's life, when it is first needed; never on disk.

import { createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Authority, makeKeyPair, toPem } from '../certificates/authority.js';
import { objectIdentifier, sequence, set, utf8 } from '../certificates/der.js';

const COMMON_NAME = 'modal-local outbound';
const LIFE_DAYS = 365;
const CONTEXTS_LIMIT = 1000;

export class OutboundAuthority {
  readonly #authority: Authority;
  readonly #keys = makeKeyPair();
  readonly #contexts = new Map<string, SecureContext>();

  constructor(now: number) {
    this.#authority = new Authority({ commonName: COMMON_NAME, lifeDays: LIFE_DAYS, now });
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
    const context = createSecureContext({ cert, key: toPem(this.#keys.privateKey) });
    this.#contexts.set(host, context);
    return context;
  }
}

/** OpenSSL's hash of a subject that is one common name: SHA-1 over its canonical form, in lower case and UTF-8. */
function subjectHash(commonName: string): string {
  const canonical = set(sequence(objectIdentifier('2.5.4.3'), utf8(commonName.toLowerCase())));
  return createHash('sha1').update(canonical).digest().readUInt32LE(0).toString(16).padStart(8, '0');
}
