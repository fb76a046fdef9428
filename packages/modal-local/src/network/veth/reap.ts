// Removes all that carries an engine's name: after a stop, and after a `kill -9`, when nothing else remembers it.

import { readFileSync } from 'node:fs';
import { namesIn } from '../../runtime/host/names-in.js';
import { isGone } from '../../runtime/host/process-identity.js';
import { runChecked, runCommand } from '../../runtime/host/command.js';
import { restoreForwarding } from './forwarding.js';
import { removeRemains } from './namespaces.js';
import { isAbandoned } from './owner.js';

/** Of bridges and tables. */
const NAME = /^ml[0-9a-f]{6}$/;

export function engineName(engineId6: string): string {
  const name = `ml${engineId6}`;
  if (!NAME.test(name)) throw new Error(`an engine's network name takes 6 hexadecimal digits, not '${engineId6}'`);
  return name;
}

/** Network namespaces, veth pairs, bridge and nftables table of one engine; the host's forwarding with the last. Nothing there is no error. */
export async function reapNetwork(engineId6: string): Promise<void> {
  const name = engineName(engineId6);
  const isPart = (entry: string): boolean => entry.startsWith(`${name}-`);
  await removeRemains([...namesIn('/sys/class/net'), ...namesIn('/run/netns')].filter(isPart));
  // Deleting a table that is not there fails; adding one that is there does not.
  await runChecked(['nft', '-f', '-'], { input: `add table inet ${name}\ndelete table inet ${name}\n` });
  // The bridge last: it says whose all this was, so that an interrupted clean-up is taken up again.
  await runCommand(['ip', '-force', '-batch', '-'], { input: `link del ${name}\n` });
  const left = [...namesIn('/sys/class/net'), ...namesIn('/run/netns')].filter((entry) => entry === name || isPart(entry));
  if (left.length > 0) throw new Error(`could not remove ${left.join(', ')}`);
  restoreForwarding();
}

/** Networks whose owner is dead, whatever became of its record. */
export async function reapAbandonedNetworks(): Promise<void> {
  for (const device of namesIn('/sys/class/net')) {
    if (NAME.test(device) && isAbandoned(aliasOf(device))) await reapNetwork(device.slice(2));
  }
}

/** Empty for a device that has none, or has just gone. */
function aliasOf(device: string): string {
  try {
    return readFileSync(`/sys/class/net/${device}/ifalias`, 'latin1').trim();
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}
