// Which addresses and names a sandbox may reach. The closed ranges stay closed whatever a policy says.

import { contains, parseCidr, type Cidr } from './cidr.js';
import type { NetworkPolicy } from './driver.js';
import { EngineError } from '../engine/errors.js';

/** Never reached from a sandbox: private, shared, loopback, link-local (cloud metadata), benchmark, multicast, reserved. */
const CLOSED_RANGES: readonly Cidr[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((text) => required(text));

export const CLOSED_CIDRS: readonly string[] = CLOSED_RANGES.map((range) => range.text);

/** Whether a DNS answer may open a path to this address. */
export function isPublicAddress(address: string): boolean {
  const range = parseCidr(address);
  return range !== undefined && !CLOSED_RANGES.some((closed) => contains(closed, range));
}

/** Lower case, checked, without duplicates; `*.x` means `x` and its subdomains, as `x` does. Throws INVALID_ARGUMENT naming the value. */
export function checkPolicy(policy: NetworkPolicy): NetworkPolicy {
  if (policy.kind !== 'allowlist') return policy;
  return {
    kind: 'allowlist',
    cidrs: [...new Set(policy.cidrs.map(checkCidr))],
    domains: [...new Set(policy.domains.map(checkDomain))],
  };
}

/** Whether `name` is one of the domains or below one. Both sides are lower case without a trailing dot. */
export function coversName(domains: readonly string[], name: string): boolean {
  return domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

/** The first of a name's public addresses that a policy permits traffic to. */
export function permittedAmong(policy: NetworkPolicy, name: string, addresses: readonly string[]): string | undefined {
  const reachable = addresses.filter(isPublicAddress);
  if (policy.kind === 'blocked') return undefined;
  if (policy.kind === 'open' || coversName(policy.domains, name)) return reachable[0];
  const ranges = policy.cidrs.map((cidr) => required(cidr));
  return reachable.find((address) => ranges.some((range) => contains(range, required(address))));
}

function checkCidr(text: string): string {
  if (text.includes(':')) {
    throw new EngineError('INVALID_ARGUMENT', `'${text}': local sandboxes have no IPv6; name an IPv4 range such as 203.0.113.0/24`);
  }
  const range = parseCidr(text);
  if (range === undefined) throw new EngineError('INVALID_ARGUMENT', `'${text}' is not an IPv4 CIDR such as 203.0.113.0/24`);
  if (CLOSED_RANGES.some((closed) => contains(closed, range))) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `'${text}' lies in a private or reserved range; a sandbox reaches only public addresses, never the host or its network`,
    );
  }
  return range.text;
}

function checkDomain(text: string): string {
  const domain = text.toLowerCase().replace(/^\*\./, '').replace(/\.$/, '');
  const labels = domain.split('.');
  if (domain.length > 253 || labels.length < 2 || !labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) {
    throw new EngineError('INVALID_ARGUMENT', `'${text}' is not a domain name such as example.com or *.example.com`);
  }
  return domain;
}

function required(text: string): Cidr {
  const range = parseCidr(text);
  if (range === undefined) throw new Error(`${text} is not a CIDR`);
  return range;
}
