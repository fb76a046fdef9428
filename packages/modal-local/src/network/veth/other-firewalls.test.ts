import { describe, expect, it } from 'vitest';
import { limitationOf } from './other-firewalls.js';

const chains = (...list: object[]): string => JSON.stringify({ nftables: [{ metainfo: {} }, ...list.map((chain) => ({ chain }))] });
const forward = { family: 'ip', table: 'filter', name: 'FORWARD', hook: 'forward', policy: 'drop' };

describe('other firewalls', () => {
  it('are no concern while they let forwarded packets pass', () => {
    expect(limitationOf(chains({ ...forward, policy: 'accept' }, { ...forward, hook: 'input' }, { ...forward, family: 'ip6' }))).toBeUndefined();
  });

  it('are named with the rules that let sandboxes through', () => {
    expect(limitationOf(chains(forward))).toContain("nft insert rule ip filter FORWARD iifname 'ml*' accept");
  });

  it('get Docker’s own chain for such rules, which its daemon leaves alone', () => {
    expect(limitationOf(chains(forward, { family: 'ip', table: 'filter', name: 'DOCKER-USER' }))).toContain('ip filter DOCKER-USER');
  });
});
