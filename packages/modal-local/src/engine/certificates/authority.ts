// A certificate authority of our own. Its key never leaves this process: whoever trusts its certificate trusts nothing
// that can be made after the process has ended.

import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { pki } from 'node-forge';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface KeyPair {
  /** PEM. */
  publicKey: string;
  privateKey: string;
}

export type SubjectName = { kind: 'dns'; name: string } | { kind: 'address'; address: string };

export interface AuthorityOptions {
  commonName: string;
  lifeDays: number;
  now: number;
}

export class Authority {
  /** PEM. */
  readonly certificate: string;
  readonly #options: AuthorityOptions;
  readonly #sign: Sign;

  private constructor(options: AuthorityOptions, publicKey: string, sign: Sign) {
    this.#options = options;
    this.#sign = sign;
    this.certificate = sign(options.commonName, publicKey, [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ]);
  }

  /** Takes a good part of a second, most of it on other threads. */
  static async make(options: AuthorityOptions): Promise<Authority> {
    const [{ default: forge }, keys] = await Promise.all([import('node-forge'), makeKeyPair()]);
    const { pki, md } = forge;
    const authorityKey = pki.privateKeyFromPem(keys.privateKey);
    const sign: Sign = (name, publicKey, extensions) => {
      const certificate = pki.createCertificate();
      certificate.publicKey = pki.publicKeyFromPem(publicKey);
      // A leading zero bit: serial numbers are positive.
      certificate.serialNumber = `0${randomBytes(16).toString('hex').slice(1)}`;
      certificate.validity.notBefore = new Date(options.now - DAY_MS);
      certificate.validity.notAfter = new Date(options.now + options.lifeDays * DAY_MS);
      certificate.setSubject(commonName(name));
      certificate.setIssuer(commonName(options.commonName));
      certificate.setExtensions([...extensions]);
      certificate.sign(authorityKey, md.sha256.create());
      return pki.certificateToPem(certificate);
    };
    return new Authority(options, keys.publicKey, sign);
  }

  /** A server's certificate, in PEM, as long-lived as the authority's own. */
  issue(commonName: string, names: readonly SubjectName[], publicKey: string): string {
    return this.#sign(commonName, publicKey, [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (name.kind === 'dns' ? { type: 2, value: name.name } : { type: 7, ip: name.address })),
      },
    ]);
  }

  get commonName(): string {
    return this.#options.commonName;
  }
}

type Sign = (name: string, publicKey: string, extensions: readonly object[]) => string;

export function makeKeyPair(): Promise<KeyPair> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function commonName(value: string): pki.CertificateField[] {
  // An X.509 common name holds 64 characters; clients read the alternative names.
  return [{ name: 'commonName', value: value.slice(0, 64) }];
}
