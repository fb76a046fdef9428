// The lowest layer of every sandbox's root: the places that the runtime mounts on. Without it the runtime would make
// them in the sandbox's own directory, and every snapshot would carry them.

import { chmod, lchown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT_UID } from '../../runtime/driver.js';
import { layerPath, layersDirectory } from './layout.js';

/** Its name changes when its content does: a layer is immutable. */
export const ENGINE_LAYER = 'engine-1';

const DIRECTORIES: readonly [path: string, mode: number][] = [
  ['', 0o755],
  ['__modal', 0o755],
  ['__modal/.bin', 0o755],
  ['dev', 0o755],
  ['etc', 0o755],
  ['proc', 0o555],
  ['root', 0o700],
  ['run', 0o755],
  ['sys', 0o555],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['var', 0o755],
];

const FILES: readonly [path: string, mode: number][] = [['__modal/.bin/modal-sandbox-fs-tools', 0o755]];

/** Makes the layer where it is missing; safe when two engines do so at once. */
export async function ensureEngineLayer(stateDir: string): Promise<void> {
  await buildLayer(stateDir, ENGINE_LAYER, async (root) => {
    for (const [path, mode] of DIRECTORIES) {
      await mkdir(join(root, path), { recursive: true });
      await own(join(root, path), mode);
    }
    for (const [path, mode] of FILES) {
      await writeFile(join(root, path), '');
      await own(join(root, path), mode);
    }
  });
}

/** The lowest layer of a mount that has nothing but its image. */
export const EMPTY_LAYER = 'empty-1';

export async function ensureEmptyLayer(stateDir: string): Promise<void> {
  await buildLayer(stateDir, EMPTY_LAYER, async (root) => await own(root, 0o755));
}

/** Builds a layer beside its place and renames it there, so that a half-made one is never seen. */
export async function buildLayer(stateDir: string, layerId: string, fill: (root: string) => Promise<void>): Promise<void> {
  const target = layerPath(stateDir, layerId);
  if (await exists(target)) return;
  const draft = join(layersDirectory(stateDir), `.${layerId}-${process.pid}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(dirname(draft), { recursive: true });
  await mkdir(draft);
  try {
    await fill(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
}

async function own(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
  await lchown(path, ROOT_UID, ROOT_UID);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
