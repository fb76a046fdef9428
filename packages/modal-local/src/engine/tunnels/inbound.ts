// Which clients may connect to a sandbox's tunnels.

import { BlockList, isIP, isIPv6 } from 'node:net';
import { EngineError } from '../errors.js';

export type InboundCheck = (address: string | undefined) => boolean;

/** An empty list admits everyone, as on Modal. Throws INVALID_ARGUMENT naming the value. */
export function inboundCheck(cidrs: readonly string[]): InboundCheck {
  if (cidrs.length === 0) return () => true;
  const admitted = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix, ...rest] = cidr.split('/');
    const longest = isIPv6(address) ? 128 : 32;
    const length = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity;
    if (isIP(address) === 0 || rest.length > 0 || length > longest) {
      throw new EngineError('INVALID_ARGUMENT', `inbound_cidr_allowlist: '${cidr}' is not a CIDR such as 203.0.113.0/24`);
    }
    admitted.addSubnet(address, length, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return (address) => address !== undefined && admitted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
