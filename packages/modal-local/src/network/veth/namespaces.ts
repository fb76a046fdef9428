// Makes ready network namespaces, several with one start of `ip`: an address, the route out, no IPv6,
// ports below 1024 open to everyone inside. Each hangs on the bridge by an isolated port.

import { runChecked, runCommand } from '../../runtime/host/command.js';
import { namesIn } from '../../runtime/host/names-in.js';
import { ownerAlias } from './owner.js';
import type { Engine, Slot } from './ruleset.js';

export function namespaceName(engine: string, slot: Slot): string {
  return `${engine}-${slot.number}`;
}

export function namespacePath(name: string): string {
  return `/run/netns/${name}`;
}

export async function makeBridge({ name, subnet }: Pick<Engine, 'name' | 'subnet'>): Promise<void> {
  const lines = [
    `link add ${name} address ${linkAddress(name)} type bridge`,
    `link set ${name} alias ${ownerAlias()}`,
    `addr add ${subnet.gateway}/${subnet.prefixLength} dev ${name}`,
    `link set ${name} up`,
  ];
  await runChecked(['ip', '-batch', '-'], { input: lines.join('\n') });
}

/**
 * The bridge's own address on the link, from the engine's id. Without one it takes the lowest of its ports', another
 * whenever a sandbox comes or goes, and those that run go on sending to the last one until they ask again.
 */
function linkAddress(name: string): string {
  const digits = Buffer.from(name.slice(-6), 'hex');
  return [0x02, 0x6d, 0x6c, ...digits].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export async function makeNamespaces({ name, subnet }: Engine, slots: readonly Slot[]): Promise<void> {
  const lines = slots.flatMap((slot) => {
    const space = namespaceName(name, slot);
    return [
      `netns add ${space}`,
      // The host's end bears the namespace's name; an isolated port exchanges no frame with another one.
      `link add ${space} type veth peer name eth0 netns ${space}`,
      `link set ${space} master ${name} up`,
      `link set ${space} type bridge_slave isolated on`,
      `netns exec ${space} sh -ec "${insideNamespace(slot.address, subnet.prefixLength, subnet.gateway)}"`,
    ];
  });
  await runChecked(['ip', '-batch', '-'], { input: lines.join('\n') });
}

export async function removeNamespaces(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  // The link first: it goes at once, the namespace only with the last process inside.
  const lines = names.flatMap((name) => [`link del ${name}`, `netns del ${name}`]);
  await runChecked(['ip', '-batch', '-'], { input: lines.join('\n') });
}

/** Of namespaces that may be there in part or not at all. Returns those that are still there. */
export async function removeRemains(names: readonly string[]): Promise<string[]> {
  const wanted = new Set(names);
  const present = (directory: string) => namesIn(directory).filter((name) => wanted.has(name));
  const lines = [...present('/sys/class/net').map((name) => `link del ${name}`), ...present('/run/netns').map((name) => `netns del ${name}`)];
  // `-force` goes on past what vanishes by itself meanwhile, such as the veth of a namespace that just ended.
  if (lines.length > 0) await runCommand(['ip', '-force', '-batch', '-'], { input: lines.join('\n') });
  return [...present('/sys/class/net'), ...present('/run/netns')];
}

function insideNamespace(address: string, prefixLength: number, gateway: string): string {
  return [
    'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6',
    'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start',
    'ip link set lo up',
    `ip addr add ${address}/${prefixLength} dev eth0`,
    'ip link set eth0 up',
    `ip route add default via ${gateway}`,
  ].join('; ');
}
