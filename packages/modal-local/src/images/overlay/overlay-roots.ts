// Root file systems as overlays: read-only layers, unpacked once, under one writable directory a sandbox.

import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import type { Mount } from '../../runtime/driver.js';
import type { HostProcess } from '../../runtime/host/host-process.js';
import type { MountedRoot, RootFilesystems, RootImage, RootOptions } from '../driver.js';
import type { DiskPool } from './disk-pool.js';
import { EMPTY_LAYER, ENGINE_LAYER, ensureEmptyLayer, ensureEngineLayer } from './engine-layer.js';
import { layerPath, layersDirectory, sandboxDirectory, sandboxesDirectory } from './layout.js';
import { OverlayRoot } from './overlay-root.js';
import { OVERLAY_FIX, overlayRefusal } from './probe.js';
import { makeStartFiles } from './start-files.js';
import { makeUpper } from './upper.js';

/** The kernel takes one page of options; a name and its colon take up to 14 of its bytes. */
const MAX_LAYERS = 280;

export interface OverlayRootsOptions {
  stateDir: string;
  /** Where roots are mounted. The container's own root must be able to pass through every directory above it. */
  mountsDirectory: string;
  host: HostProcess;
  /** The mounts that stand for `RootImage.host`. */
  hostMounts?: readonly Mount[];
  /** Ready disks, for roots of their size. */
  pool?: DiskPool;
}

export class OverlayRoots implements RootFilesystems {
  readonly #options: OverlayRootsOptions;

  private constructor(options: OverlayRootsOptions) {
    this.#options = options;
  }

  /** Rejects with FAILED_PRECONDITION when the state directory cannot hold an overlay's writable side. */
  static async open(options: OverlayRootsOptions): Promise<OverlayRoots> {
    await mkdir(layersDirectory(options.stateDir), { recursive: true, mode: 0o700 });
    await mkdir(sandboxesDirectory(options.stateDir), { recursive: true, mode: 0o700 });
    await mkdir(options.mountsDirectory, { recursive: true, mode: 0o711 });
    await Promise.all([ensureEngineLayer(options.stateDir), ensureEmptyLayer(options.stateDir)]);
    const refusal = await overlayRefusal(options.stateDir);
    if (refusal !== undefined) {
      throw new EngineError('FAILED_PRECONDITION', `${options.stateDir} cannot hold sandboxes' files (${refusal}): ${OVERLAY_FIX}`);
    }
    return new OverlayRoots(options);
  }

  async mount(image: RootImage, options: RootOptions): Promise<MountedRoot> {
    if (image.layers.length > MAX_LAYERS) {
      throw new EngineError('FAILED_PRECONDITION', `the image has ${image.layers.length} layers, a root takes ${MAX_LAYERS}: build it with fewer`);
    }
    const { stateDir, host, mountsDirectory, hostMounts = [], pool } = this.#options;
    const directory = sandboxDirectory(stateDir, options.id);
    const path = join(mountsDirectory, options.id);
    const ready = pool !== undefined && options.diskBytes === pool.bytes ? await pool.take(directory) : undefined;
    if (ready === undefined) await mkdir(directory, { mode: 0o700 });
    try {
      const files = Object.entries(options.files ?? {});
      const [upper] = await Promise.all([
        makeUpper(directory, options.diskBytes, ready),
        mkdir(path, { recursive: true }),
        files.length > 0 ? makeStartFiles(join(directory, 'e'), files) : undefined,
      ]);
      const own = `../sb/${options.id}`;
      const lower = [...(files.length > 0 ? [`${own}/e`] : []), ...image.layers.toReversed(), options.bare === true ? EMPTY_LAYER : ENGINE_LAYER].join(':');
      if (options.bare === true) await copyRootOwner(layerPath(stateDir, image.layers.at(-1) ?? EMPTY_LAYER), upper.path);
      const { names } = upper;
      await host.mountOverlay(layersDirectory(stateDir), `lowerdir=${lower},upperdir=${own}/${names.upper},workdir=${own}/${names.work}`, path);
      return new OverlayRoot({ stateDir, host, directory, path, upper, mounts: image.host ? hostMounts : [] });
    } catch (error) {
      await host.unmount(join(directory, 'd'));
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }
}

/** The upper's root is what shows as the mount's own directory. */
async function copyRootOwner(layer: string, upper: string): Promise<void> {
  const { uid, gid, mode } = await stat(layer);
  await chown(upper, uid, gid);
  await chmod(upper, mode & 0o7777);
}
