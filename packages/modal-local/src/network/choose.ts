// Picks the best network this host allows, by really making it.

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
  if (process.getuid?.() !== 0) {
    return createLoopbackNetwork('Sandboxes have no network: making one needs root. FIX: run the engine with sudo.');
  }
  try {
    return await createVethNetwork({ engineId6: engineId.slice(0, 6), ...options });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return createLoopbackNetwork(
      `Sandboxes have no network: ${reason}. FIX: install iproute2 and nftables, and give the engine CAP_NET_ADMIN.`,
    );
  }
}
