// The text of one engine's nftables table. No verdict here outlives the policy: there is no blanket accept for
// established connections on the way out, so a change of policy cuts what it no longer permits.

import { CLOSED_CIDRS } from '../policy.js';
import type { NetworkPolicy } from '../driver.js';
import type { Subnet } from './subnet.js';

/** Most addresses that the domains of one sandbox may open at a time. */
export const NAMED_ADDRESSES_LIMIT = 4096;

/** Seconds that a resolved address stays open after the last packet to it, when the answer's TTL is shorter. */
export const NAMED_ADDRESS_SECONDS = 300;

/** Bridge, table and resolver of one engine. */
export interface Engine {
  /** Name of the bridge and of the table. */
  name: string;
  subnet: Subnet;
  /** Where the resolver listens on the gateway address. */
  resolverPort: number;
  /** Where intercepted HTTPS connections arrive on the gateway address. */
  egressPort: number;
}

/** One pooled or attached namespace. */
export interface Slot {
  number: number;
  address: string;
}

export function engineTable({ name, subnet, resolverPort, egressPort }: Engine): string {
  return `
table inet ${name} {
  set closed { type ipv4_addr; flags interval; elements = { ${CLOSED_CIDRS.join(', ')} } }
  set raised { type ifname; }
  set intercepted { type ipv4_addr . ipv4_addr; flags timeout; }
  map senders { type ipv4_addr : verdict; }
  map receivers { type ipv4_addr : verdict; }
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmpx type admin-prohibited
  }
  chain outward {
    meta nfproto ipv6 drop
    oifname "${name}" goto refuse
    ct status dnat goto refuse
    ip daddr @closed goto refuse
    ip saddr vmap @senders
    goto refuse
  }
  chain inward {
    ct state != { established, related } drop
    ct state related meta l4proto icmp accept
    ip saddr @closed drop
    ip daddr vmap @receivers
    drop
  }
  chain forward {
    type filter hook forward priority filter - 5; policy accept;
    iifname "${name}" goto outward
    oifname "${name}" goto inward
    iifname @raised ct state new oifname != "ml*" drop
  }
  chain input {
    type filter hook input priority filter - 5; policy accept;
    iifname != "${name}" accept
    ip daddr ${subnet.gateway} meta l4proto { tcp, udp } th dport ${resolverPort} accept
    ip daddr ${subnet.gateway} tcp dport ${egressPort} accept
    goto refuse
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "${name}" ip daddr ${subnet.gateway} meta l4proto { tcp, udp } th dport 53 redirect to :${resolverPort}
    iifname "${name}" tcp dport 443 ip saddr . ip daddr @intercepted redirect to :${egressPort}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet.cidr} oifname != "${name}" masquerade
  }
}
`;
}

/** Chains and sets of a new slot, which permits nothing until a policy is set: an empty chain returns to a refusal. */
export function addSlot(name: string, { number, address }: Slot): string {
  return `
add set inet ${name} cidrs${number} { type ipv4_addr; flags interval; auto-merge; }
add set inet ${name} named${number} { type ipv4_addr; flags dynamic,timeout; size ${NAMED_ADDRESSES_LIMIT}; }
add chain inet ${name} out${number}
add chain inet ${name} in${number}
add element inet ${name} senders { ${address} : jump out${number} }
add element inet ${name} receivers { ${address} : jump in${number} }
`;
}

export function removeSlot(name: string, { number, address }: Slot): string {
  return `
delete element inet ${name} senders { ${address} }
delete element inet ${name} receivers { ${address} }
delete chain inet ${name} out${number}
delete chain inet ${name} in${number}
delete set inet ${name} cidrs${number}
delete set inet ${name} named${number}
`;
}

/** Replaces the policy of a slot in one transaction; `named` are addresses that domains of the new policy have opened already. */
export function applyPolicy(name: string, slot: Slot, policy: NetworkPolicy, named: ReadonlyMap<string, number> = new Map()): string {
  const { number } = slot;
  const lines = [
    `flush chain inet ${name} out${number}`,
    `flush chain inet ${name} in${number}`,
    `flush set inet ${name} cidrs${number}`,
    `flush set inet ${name} named${number}`,
  ];
  if (policy.kind === 'open') {
    lines.push(`add rule inet ${name} out${number} accept`, `add rule inet ${name} in${number} accept`);
  }
  if (policy.kind === 'allowlist') {
    if (policy.cidrs.length > 0) lines.push(`add element inet ${name} cidrs${number} { ${policy.cidrs.join(', ')} }`);
    lines.push(
      `add rule inet ${name} out${number} ip daddr @cidrs${number} accept`,
      `add rule inet ${name} out${number} ip daddr @named${number} update @named${number} { ip daddr timeout ${NAMED_ADDRESS_SECONDS}s } accept`,
      `add rule inet ${name} in${number} ip saddr @cidrs${number} accept`,
      `add rule inet ${name} in${number} ip saddr @named${number} accept`,
      openAddresses(name, slot, named),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Opens resolved addresses, each for a number of seconds. */
export function openAddresses(name: string, { number }: Slot, named: ReadonlyMap<string, number>): string {
  if (named.size === 0) return '';
  return renewElements(`inet ${name} named${number}`, named);
}

/** Turns HTTPS connections of a sandbox to these addresses away from the internet, each for a number of seconds. */
export function interceptAddresses(name: string, { address }: Slot, destinations: ReadonlyMap<string, number>): string {
  return renewElements(`inet ${name} intercepted`, new Map([...destinations].map(([to, seconds]) => [`${address} . ${to}`, seconds])));
}

// Adding an element that exists leaves its old timeout; deleting one that does not exist fails.
function renewElements(set: string, elements: ReadonlyMap<string, number>): string {
  const plain = [...elements.keys()].join(', ');
  const timed = [...elements].map(([element, seconds]) => `${element} timeout ${seconds}s`).join(', ');
  return `add element ${set} { ${plain} }\ndelete element ${set} { ${plain} }\nadd element ${set} { ${timed} }\n`;
}
