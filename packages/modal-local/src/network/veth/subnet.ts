// Each engine on a machine has a /20 of its own out of 10.192.0.0/12: 4,093 sandboxes at a time, 256 engines.
// A candidate is taken only when no route of the host, of another engine or of a VPN touches it.

import { formatAddress, overlaps, parseCidr, type Cidr } from '../cidr.js';
import { runChecked } from '../../runtime/host/command.js';

export const ENGINE_RANGE = '10.192.0.0/12';
const PREFIX_LENGTH = 20;
const SUBNET_COUNT = 256;
const SUBNET_SIZE = 2 ** (32 - PREFIX_LENGTH);

export interface Subnet {
  readonly cidr: string;
  readonly prefixLength: number;
  /** The bridge's own address: gateway and resolver of every sandbox. */
  readonly gateway: string;
  /** Addresses for sandboxes, lowest first. */
  addresses(): string[];
}

/** Every candidate that the host's routes leave free, beginning at one that the engine's id picks, so that engines rarely meet. */
export async function freeSubnets(engineId6: string): Promise<Subnet[]> {
  const taken = await routedRanges();
  const start = Number.parseInt(engineId6, 16) % SUBNET_COUNT;
  return Array.from({ length: SUBNET_COUNT }, (_, offset) => subnet((start + offset) % SUBNET_COUNT)).filter((candidate) => {
    const range = parseCidr(candidate.cidr);
    return range !== undefined && !taken.some((route) => overlaps(route.range, range));
  });
}

/** Whether another interface has taken the same addresses since they were found free. */
export async function isContested(subnet: Subnet, bridge: string): Promise<boolean> {
  const range = parseCidr(subnet.cidr);
  const routes = await routedRanges();
  return range === undefined || routes.some((route) => route.device !== bridge && overlaps(route.range, range));
}

function subnet(index: number): Subnet {
  const base = (parseCidr(ENGINE_RANGE)?.first ?? 0) + index * SUBNET_SIZE;
  return {
    cidr: `${formatAddress(base)}/${PREFIX_LENGTH}`,
    prefixLength: PREFIX_LENGTH,
    gateway: formatAddress(base + 1),
    addresses: () => Array.from({ length: SUBNET_SIZE - 3 }, (_, offset) => formatAddress(base + 2 + offset)),
  };
}

async function routedRanges(): Promise<{ range: Cidr; device: string }[]> {
  const routes: unknown = JSON.parse(await runChecked(['ip', '-json', '-4', 'route', 'show', 'table', 'all']));
  if (!Array.isArray(routes)) throw new Error('ip -json route printed no list');
  return routes.flatMap((route: { dst?: string; dev?: string }) => {
    const range = parseCidr(route.dst ?? '');
    // A route as wide as 0.0.0.0/1 is a VPN's or a proxy's catch-all: ours is more specific and wins.
    return range === undefined || range.last - range.first > 2 ** 26 ? [] : [{ range, device: route.dev ?? '' }];
  });
}
