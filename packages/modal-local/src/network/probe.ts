// Picks the best network this host allows, by really making it.

import { createLoopbackNetwork } from './none/driver.js';
import type { NetworkDriver } from './driver.js';
import { createVethNetwork, type VethOptions } from './veth/driver.js';

/** `veth`, else `none` with the reason in `limitation`. */
export async function probeNetwork(options: VethOptions): Promise<NetworkDriver> {
  if (process.getuid?.() !== 0) {
    return createLoopbackNetwork('sandboxes have no network: making one needs root. Run the engine with sudo.');
  }
  try {
    return await createVethNetwork(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return createLoopbackNetwork(
      `sandboxes have no network: ${reason}. FIX: install iproute2 and nftables, and give the engine CAP_NET_ADMIN.`,
    );
  }
}
