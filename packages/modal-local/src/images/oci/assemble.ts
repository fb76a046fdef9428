// From an image in a layout to one that sandboxes can start from.

import { rm } from 'node:fs/promises';
import type { RootImage } from '../driver.js';
import { LayerError } from '../layers/layer-error.js';
import type { LayerRecord } from '../layers/layer-index.js';
import type { LayerStore } from '../layers/layer-store.js';
import type { LayoutImage } from './layout.js';
import { toImageConfig } from './manifest.js';
import { withWorkdir } from './workdir.js';

/** Layers that are unpacked at a time. */
const PARALLEL = 2;

export async function assembleImage(stateDir: string, layers: LayerStore, image: LayoutImage, options: { onLine?: (line: string) => void; signal?: AbortSignal } = {}): Promise<RootImage> {
  const records: LayerRecord[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let index = next++; index < image.layers.length; index = next++) {
      const layer = image.layers[index];
      if (layer === undefined) return;
      records[index] = await unpackVerified(layers, layer, options.signal);
      options.onLine?.(`Unpacked layer ${++done} of ${image.layers.length} (${megabytes(records[index]?.bytes ?? 0)})`);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return await withWorkdir(stateDir, { layers: stack(records), config: toImageConfig(image.config), host: false });
}

/** The ids of the layers that show: one whose root is opaque hides all below it. */
export function stack(records: readonly LayerRecord[]): string[] {
  const lowest = records.findLastIndex((record) => record.hidesLower);
  return records.slice(Math.max(0, lowest)).map((record) => record.layerId);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

async function unpackVerified(layers: LayerStore, { blob, digest, diffId }: LayoutImage['layers'][number], signal: AbortSignal | undefined): Promise<LayerRecord> {
  try {
    return await layers.unpack({ blob, digest, diffId, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    // A damaged blob must not be found again by the next transfer.
    if (error instanceof LayerError && (error.code === 'DIGEST_MISMATCH' || error.code === 'CORRUPT')) await rm(blob, { force: true });
    throw error;
  }
}
