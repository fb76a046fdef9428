// Deletes layers that nothing needs: no image, no build step, no running sandbox, and nobody who is just making one.

import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone } from '../../runtime/host/process-identity.js';
import { diskUsage } from '../overlay/disk-usage.js';
import { layerPath, layersDirectory } from '../overlay/layout.js';

export interface PruneLayersOptions {
  /** Layers that images and build steps consist of. */
  needed: ReadonlySet<string>;
  /** Processes whose mounts are to be respected. */
  engines: readonly number[];
  now: number;
}

export interface PrunedLayers {
  layers: number;
  bytes: number;
}

/** What was made so recently may be about to be needed: a pull or a build is under way. */
const SETTLED_MS = 60 * 60 * 1000;
const LAYER = /^[a-z2-7]{8}$/;

export async function pruneLayers(stateDir: string, { needed, engines, now }: PruneLayersOptions): Promise<PrunedLayers> {
  const mounted = await mountedLayers(engines);
  const pruned = { layers: 0, bytes: 0 };
  for (const name of await readdir(layersDirectory(stateDir)).catch(none)) {
    if (!LAYER.test(name) || needed.has(name) || mounted.has(name)) continue;
    const path = layerPath(stateDir, name);
    if (now - (await stat(path)).ctimeMs < SETTLED_MS) continue;
    pruned.bytes += await diskUsage(path);
    pruned.layers += 1;
    await rm(path, { recursive: true, force: true });
  }
  return pruned;
}

/** Blobs are kept to spare a download; they go when they have not been read for so long. */
export async function pruneBlobs(stateDir: string, unusedSince: number): Promise<number> {
  const directory = join(stateDir, 'blobs/sha256');
  let bytes = 0;
  for (const name of await readdir(directory).catch(none)) {
    const path = join(directory, name);
    const { size, atimeMs, mtimeMs } = await stat(path);
    if (Math.max(atimeMs, mtimeMs) > unusedSince) continue;
    bytes += size;
    await rm(path, { force: true });
  }
  return bytes;
}

async function mountedLayers(engines: readonly number[]): Promise<Set<string>> {
  const layers = new Set<string>();
  for (const pid of engines) {
    const mounts = await readFile(`/proc/${pid}/mounts`, 'utf8').catch((error: unknown) => {
      if (isGone(error)) return '';
      throw error;
    });
    for (const [, stack = ''] of mounts.matchAll(/lowerdir\+?=([^,\s]+)/g)) {
      for (const name of stack.split(':')) layers.add(name.slice(name.lastIndexOf('/') + 1));
    }
  }
  return layers;
}

function none(error: unknown): string[] {
  if (isGone(error)) return [];
  throw error;
}
