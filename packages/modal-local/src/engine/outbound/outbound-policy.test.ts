import { describe, expect, it } from 'vitest';
import { OutboundPolicy, type HeaderReplacement } from './outbound-policy.js';

const policy = (domain: string, headers: Record<string, string>, secret: Record<string, string> = {}): OutboundPolicy =>
  new OutboundPolicy([{ domain, headers, secret } satisfies HeaderReplacement]);

describe('an outbound policy', () => {
  it('covers a domain, a domain with its subdomains, or everything', () => {
    const covered = (domain: string): string[] => ['a.test', 'x.a.test', 'y.x.a.test', 'ba.test', 'b.test'].filter((host) => policy(domain, {}).covers(host));
    expect(covered('A.test')).toEqual(['a.test']);
    expect(covered('*.a.test')).toEqual(['a.test', 'x.a.test', 'y.x.a.test']);
    expect(covered('*')).toHaveLength(5);
  });

  it('puts values of the secret in place of their keys', () => {
    const headers = policy('a.test', { Authorization: 'Bearer $KEY', 'X-Price': '$$5' }, { KEY: 'value' }).headersFor('a.test');
    expect([...headers.values()]).toEqual([{ name: 'Authorization', value: 'Bearer value' }, { name: 'X-Price', value: '$5' }]);
  });

  it('lets a later replacement win, whatever the spelling of the name', () => {
    const both = new OutboundPolicy([
      { domain: '*', headers: { 'X-Key': 'general' }, secret: {} },
      { domain: 'a.test', headers: { x_key: 'special' }, secret: {} },
    ]);
    expect([...both.headersFor('a.test').values()]).toEqual([{ name: 'x_key', value: 'special' }]);
  });

  it('refuses what it could not hold, and never quotes a secret', () => {
    expect(() => policy('a.test', { A: '$MISSING' })).toThrow('$MISSING');
    expect(() => policy('a.test', { A: '5 $' })).toThrow('$$');
    expect(() => policy('a.test', { Host: 'b.test' })).toThrow("'Host'");
    expect(() => policy('a.test', { 'A B': 'c' })).toThrow("'A B'");
    expect(() => policy('*.*.test', {})).toThrow("'*.*.test'");
    expect(() => policy('a.test', { A: '$KEY' }, { KEY: 'se\ncret' })).toThrow(/^(?!.*cret)/s);
  });
});
