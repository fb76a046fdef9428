// The certificate of `https` tunnels, signed by an authority made for one state directory. The authority's key signs
// this once and is forgotten: whoever trusts it trusts nothing that can still be made.

import { X509Certificate, createPrivateKey, generateKeyPair, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { pki } from 'node-forge';

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
export async function loadTunnelCertificate(directory: string, now = Date.now()): Promise<TunnelCertificate> {
  const paths = { authority: join(directory, 'ca.pem'), certificate: join(directory, 'tunnel.pem'), key: join(directory, 'tunnel.key') };
  const stored = readStored(paths, now);
  if (stored !== undefined) return { ...stored, authorityPath: paths.authority };
  const made = await make(now);
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
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EISDIR')) throw error;
    return undefined;
  }
}

function replaceFile(path: string, content: string, mode: number): void {
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, content, { mode });
  chmodSync(aside, mode);
  renameSync(aside, path);
}

async function make(now: number): Promise<{ authority: string; certificate: string; key: string }> {
  const { pki, md } = (await import('node-forge')).default;
  const [authorityKeys, keys] = await Promise.all([rsaKeys(), rsaKeys()]);
  const authorityKey = pki.privateKeyFromPem(authorityKeys.privateKey);
  const sign = (name: string, issuer: string, publicKey: string, extensions: object[]): string => {
    const certificate = pki.createCertificate();
    certificate.publicKey = pki.publicKeyFromPem(publicKey);
    // A leading zero bit: serial numbers are positive.
    certificate.serialNumber = `0${randomBytes(16).toString('hex').slice(1)}`;
    certificate.validity.notBefore = new Date(now - DAY_MS);
    certificate.validity.notAfter = new Date(now + LIFE_DAYS * DAY_MS);
    certificate.setSubject(commonName(name));
    certificate.setIssuer(commonName(issuer));
    certificate.setExtensions(extensions);
    certificate.sign(authorityKey, md.sha256.create());
    return pki.certificateToPem(certificate);
  };
  const authorityName = `modal-local ${randomBytes(4).toString('hex')}`;
  const authority = sign(authorityName, authorityName, authorityKeys.publicKey, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  const certificate = sign('localhost', authorityName, keys.publicKey, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [dnsName('localhost'), dnsName('*.localhost'), { type: 7, ip: '127.0.0.1' }] },
  ]);
  return { authority, certificate, key: keys.privateKey };
}

function commonName(value: string): pki.CertificateField[] {
  return [{ name: 'commonName', value }];
}

function dnsName(value: string): { type: number; value: string } {
  return { type: 2, value };
}

function rsaKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
