// Picks the best network this host allows, by really making it.

import { findProgram, HOST_PROGRAMS } from '../runtime/host/programs.js';
import { createLoopbackNetwork } from './none/driver.js';
import type { NetworkDriver } from './driver.js';
import type { NameServer } from './resolver/upstream.js';
import { createVethNetwork } from './veth/driver.js';

export interface NetworkOptions {
  /** Hexadecimal; all that is made on the host is named `ml` and its first 6 digits. */
  engineId: string;
  /** Name servers of sandboxes; default: those of the host's /etc/resolv.conf. */
  nameServers?: readonly NameServer[];
  /** Told what was changed on the host, such as an interface that now forwards. */
  log?: (message: string) => void;
}

/** `veth`, else `none` with the reason in `limitation`. */
export async function createNetwork({ engineId, ...options }: NetworkOptions): Promise<NetworkDriver> {
  // Before anything is made: what was made with the one program could not be removed without the other.
  const missing = await missingPackages();
  if (missing.length > 0) {
    return createLoopbackNetwork(`Sandboxes have no network: making one needs ip and nft. FIX: apt-get install -y ${missing.join(' ')}.`);
  }
  try {
    return await createVethNetwork({ engineId6: engineId.slice(0, 6), ...options });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return createLoopbackNetwork(`Sandboxes have no network: ${reason}. FIX: ${fixFor(reason)}.`);
  }
}

async function missingPackages(): Promise<string[]> {
  const programs = HOST_PROGRAMS.filter(({ name }) => name === 'ip' || name === 'nft');
  const found = await Promise.all(programs.map(({ name }) => findProgram(name)));
  return programs.filter((_, at) => found[at] === undefined).map(({ debianPackage }) => debianPackage);
}

function fixFor(reason: string): string {
  if (/not permitted|permission denied/i.test(reason)) return 'give the engine CAP_NET_ADMIN (in Docker: --privileged)';
  return 'mend what this names; `modal-local doctor` looks at this machine';
}
