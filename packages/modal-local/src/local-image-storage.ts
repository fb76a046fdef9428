// The disk side of images, for the command line and for an engine's own clean-up.

import type { ImageStorage } from './engine/images/prune-images.js';
import { LayerStore } from './images/layers/layer-store.js';
import { diskUsage } from './images/overlay/disk-usage.js';
import { layerPath } from './images/overlay/layout.js';
import { pruneBlobs, pruneLayers } from './images/prune/prune-layers.js';
import { readLockHolder } from './store/state-lock.js';

/** Layers that an engine on the state directory has mounted are respected, whichever process asks. */
export function imageStorage(stateDir: string): ImageStorage {
  const layers = new LayerStore(stateDir);
  const sizes = new Map<string, number>();
  return {
    async size(layer) {
      const known = sizes.get(layer);
      if (known !== undefined) return known;
      const bytes = (await layers.has(layer)) ? await diskUsage(layerPath(stateDir, layer)) : 0;
      sizes.set(layer, bytes);
      return bytes;
    },
    async pruneLayers(needed) {
      const holder = readLockHolder(stateDir);
      const engines = [process.pid, ...(holder === undefined ? [] : [holder])];
      const pruned = await pruneLayers(stateDir, { needed, engines, now: Date.now() });
      await layers.forgetMissing();
      return pruned;
    },
    pruneBlobs: async (unusedSince) => await pruneBlobs(stateDir, unusedSince),
  };
}
