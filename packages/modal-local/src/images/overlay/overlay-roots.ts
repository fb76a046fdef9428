// Root file systems as overlays: read-only layers, unpacked once, under one writable directory a sandbox.

import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import type { Mount } from '../../runtime/driver.js';
import type { HostProcess } from '../../runtime/host/host-process.js';
import { isGone } from '../../runtime/host/process-identity.js';
import type { MountedRoot, RootFilesystems, RootImage, RootOptions } from '../driver.js';
import { diskUsage } from './disk-usage.js';
import { ENGINE_LAYER, ensureEngineLayer } from './engine-layer.js';
import { layerPath, layersDirectory, newLayerId, sandboxDirectory, sandboxesDirectory } from './layout.js';
import { OVERLAY_FIX, overlayRefusal } from './probe.js';
import { makeStartFiles } from './start-files.js';
import { makeUpper } from './upper.js';
import { copyUpper } from './snapshot.js';

/** The kernel's own limit, our two layers taken off. */
const MAX_LAYERS = 498;

export interface OverlayRootsOptions {
  stateDir: string;
  /** Where roots are mounted. The container's own root must be able to pass through every directory above it. */
  mountsDirectory: string;
  host: HostProcess;
  /** The mounts that stand for `RootImage.host`. */
  hostMounts?: readonly Mount[];
}

export class OverlayRoots implements RootFilesystems {
  readonly #stateDir: string;
  readonly #mountsDirectory: string;
  readonly #host: HostProcess;
  readonly #hostMounts: readonly Mount[];

  private constructor(options: OverlayRootsOptions) {
    this.#stateDir = options.stateDir;
    this.#mountsDirectory = options.mountsDirectory;
    this.#host = options.host;
    this.#hostMounts = options.hostMounts ?? [];
  }

  /** Rejects with FAILED_PRECONDITION when the state directory cannot hold an overlay's writable side. */
  static async open(options: OverlayRootsOptions): Promise<OverlayRoots> {
    await mkdir(layersDirectory(options.stateDir), { recursive: true, mode: 0o700 });
    await mkdir(sandboxesDirectory(options.stateDir), { recursive: true, mode: 0o700 });
    await mkdir(options.mountsDirectory, { recursive: true, mode: 0o711 });
    await ensureEngineLayer(options.stateDir);
    const refusal = await overlayRefusal(options.stateDir);
    if (refusal !== undefined) {
      throw new EngineError('FAILED_PRECONDITION', `${options.stateDir} cannot hold sandboxes' files (${refusal}): ${OVERLAY_FIX}`);
    }
    return new OverlayRoots(options);
  }

  async mount(image: RootImage, options: RootOptions): Promise<MountedRoot> {
    if (image.layers.length > MAX_LAYERS) {
      throw new EngineError('FAILED_PRECONDITION', `the image has ${image.layers.length} layers; a root takes ${MAX_LAYERS}. Flatten it first`);
    }
    const directory = sandboxDirectory(this.#stateDir, options.id);
    const target = join(this.#mountsDirectory, options.id);
    await mkdir(directory, { mode: 0o700 });
    const files = Object.entries(options.files ?? {});
    await Promise.all([
      makeUpper(directory),
      mkdir(target, { recursive: true }),
      files.length > 0 ? makeStartFiles(join(directory, 'e'), files) : undefined,
    ]);
    const own = `../sb/${options.id}`;
    const lower = [...(files.length > 0 ? [`${own}/e`] : []), ...image.layers.toReversed(), ENGINE_LAYER];
    try {
      await this.#mountOverlay(lower, own, target);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    return new OverlayRoot(this.#stateDir, this.#host, options.id, target, image.host ? this.#hostMounts : []);
  }

  async #mountOverlay(lower: readonly string[], own: string, target: string): Promise<void> {
    const options = `lowerdir=${lower.join(':')},upperdir=${own}/u,workdir=${own}/w`;
    await this.#host.mountOverlay(layersDirectory(this.#stateDir), options, target);
  }
}

class OverlayRoot implements MountedRoot {
  readonly #directory: string;
  #released: Promise<void> | undefined;

  constructor(
    private readonly stateDir: string,
    private readonly host: HostProcess,
    id: string,
    readonly path: string,
    readonly mounts: readonly Mount[],
  ) {
    this.#directory = sandboxDirectory(stateDir, id);
  }

  async diskUsage(): Promise<number> {
    return await diskUsage(join(this.#directory, 'u'));
  }

  async snapshot({ consume }: { consume: boolean }): Promise<string> {
    const layer = newLayerId();
    const target = layerPath(this.stateDir, layer);
    const upper = join(this.#directory, 'u');
    if (consume) {
      await this.host.unmount(this.path);
      await rename(upper, target);
      await this.release();
    } else {
      await copyUpper(upper, target);
    }
    return layer;
  }

  async release(): Promise<void> {
    this.#released ??= (async () => {
      await this.host.unmount(this.path);
      await Promise.all([
        rm(this.#directory, { recursive: true, force: true, maxRetries: 3 }),
        rmdir(this.path).catch((error: unknown) => {
          if (!isGone(error)) throw error;
        }),
      ]);
    })();
    await this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
