// Images may name a working directory that they do not hold; as Docker does, it is made for them.

import type { Stats } from 'node:fs';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT_UID } from '../../runtime/driver.js';
import type { RootImage } from '../driver.js';
import { buildLayer } from '../overlay/engine-layer.js';
import { layerPath, newLayerId } from '../overlay/layout.js';

/** The image itself, or one with a layer more. A link on the way is taken to lead somewhere. */
export async function withWorkdir(stateDir: string, image: RootImage): Promise<RootImage> {
  const components = image.config.workdir.split('/').filter((component) => component !== '');
  if (components.includes('..')) return image;
  const present: Stats[] = [];
  for (const [index] of components.entries()) {
    const found = await topmost(stateDir, image.layers, join(...components.slice(0, index + 1)));
    if (found === undefined) break;
    if (!found.isDirectory()) return image;
    present.push(found);
  }
  if (present.length === components.length) return image;
  const layer = newLayerId();
  await buildLayer(stateDir, layer, async (root) => {
    await chown(root, ROOT_UID, ROOT_UID);
    for (const [index] of components.entries()) await makeDirectory(join(root, ...components.slice(0, index + 1)), present[index]);
  });
  return { ...image, layers: [...image.layers, layer] };
}

/** What the layers show at the path. */
async function topmost(stateDir: string, layers: readonly string[], path: string): Promise<Stats | undefined> {
  for (const layer of layers.toReversed()) {
    const found = await lstat(join(layerPath(stateDir, layer), path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (found !== undefined) return found.isCharacterDevice() && found.rdev === 0 ? undefined : found;
  }
  return undefined;
}

/** Parents that the image has keep their owner and mode. */
async function makeDirectory(path: string, like: Stats | undefined): Promise<void> {
  await mkdir(path);
  await chown(path, like?.uid ?? ROOT_UID, like?.gid ?? ROOT_UID);
  await chmod(path, (like?.mode ?? 0o755) & 0o7777);
}
