import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Authority, makeKeyPair } from './authority.js';

describe('an authority', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);
  const authority = new Authority({ commonName: 'test authority', lifeDays: 10, now });
  const root = new X509Certificate(authority.certificate);

  it('is one, by its own signature', () => {
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.subject).toBe('CN=test authority');
    expect(Date.parse(root.validTo)).toBe(now + 10 * 24 * 3600 * 1000);
  });

  it('issues certificates for names and addresses, which are no authorities', () => {
    const keys = makeKeyPair();
    const names = [{ kind: 'dns', name: '*.a.test' }, { kind: 'address', address: '127.0.0.1' }] as const;
    const leaf = new X509Certificate(authority.issue('a.test', names, keys.publicKey));
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkPrivateKey(keys.privateKey)).toBe(true);
    expect(leaf.checkHost('x.a.test')).toBe('*.a.test');
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkHost('b.test')).toBeUndefined();
  });

  it('gives each certificate a serial number of its own, and outlives 2049', () => {
    const late = new Authority({ commonName: 'late', lifeDays: 1, now: Date.UTC(2050, 5, 1) });
    expect(new X509Certificate(late.certificate).validTo).toContain('2050');
    const serials = Array.from({ length: 50 }, () => new X509Certificate(authority.issue('a', [], makeKeyPair().publicKey)).serialNumber);
    expect(new Set(serials).size).toBe(50);
  });
});
