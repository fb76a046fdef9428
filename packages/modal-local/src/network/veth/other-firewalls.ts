// Firewalls of others on this host. Every table on the forward hook must let a packet pass, and we touch none but our
// own: where one drops what is forwarded, users are told what to allow.

import { runChecked } from '../../runtime/host/command.js';

interface Chain {
  family: string;
  table: string;
  name: string;
  hook?: string;
  policy?: string;
}

/** Undefined when no other table stands in the way. */
export async function firewallLimitation(): Promise<string | undefined> {
  return limitationOf(await runChecked(['nft', '-j', 'list', 'chains']));
}

/** `listing` is what `nft -j list chains` prints. */
export function limitationOf(listing: string): string | undefined {
  const { nftables } = JSON.parse(listing) as { nftables: { chain?: Chain }[] };
  const chains = nftables.flatMap(({ chain }) => (chain === undefined || !['ip', 'inet'].includes(chain.family) ? [] : [chain]));
  const dropping = chains.find(({ hook, policy }) => hook === 'forward' && policy === 'drop');
  if (dropping === undefined) return undefined;
  const place = `${dropping.family} ${dropping.table}`;
  const { name } = chains.find((chain) => chain.table === dropping.table && chain.name === 'DOCKER-USER') ?? dropping;
  return (
    `The firewall of this host drops forwarded packets (table ${place}), so sandboxes may not reach the internet. ` +
    `FIX: nft insert rule ${place} ${name} iifname 'ml*' accept; ` +
    `nft insert rule ${place} ${name} oifname 'ml*' ct state established,related accept`
  );
}
