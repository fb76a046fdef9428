// Removes all that carries an engine's name: after a stop, and after a `kill -9`, when nothing else remembers it.

import { runCommand } from '../command.js';
import { namesIn, restoreForwarding } from './forwarding.js';

export function engineName(engineId6: string): string {
  if (!/^[0-9a-f]{6}$/.test(engineId6)) throw new Error(`an engine's network name takes 6 hexadecimal digits, not '${engineId6}'`);
  return `ml${engineId6}`;
}

/** Network namespaces, veth pairs, bridge and nftables table of one engine; the host's forwarding with the last. Nothing there is no error. */
export async function reapNetwork(engineId6: string): Promise<void> {
  const name = engineName(engineId6);
  const isOurs = (entry: string): boolean => entry === name || entry.startsWith(`${name}-`);
  const links = namesIn('/sys/class/net').filter(isOurs).map((link) => `link del ${link}`);
  const spaces = namesIn('/run/netns').filter(isOurs).map((space) => `netns del ${space}`);
  // `-force` goes on past what vanishes by itself meanwhile, such as the veth of a namespace that just ended.
  if (links.length + spaces.length > 0) await runCommand('ip', ['-force', '-batch', '-'], [...links, ...spaces].join('\n'), { tolerateFailure: true });
  const left = [...namesIn('/sys/class/net'), ...namesIn('/run/netns')].filter(isOurs);
  if (left.length > 0) throw new Error(`could not remove ${left.join(', ')}`);
  // Deleting a table that is not there fails; adding one that is there does not.
  await runCommand('nft', ['-f', '-'], `add table inet ${name}\ndelete table inet ${name}\n`);
  restoreForwarding();
}
