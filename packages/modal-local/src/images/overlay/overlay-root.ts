// One sandbox's root: an overlay that is mounted until it is released or consumed.

import { rename, rm, rmdir } from 'node:fs/promises';
import type { Mount } from '../../runtime/driver.js';
import type { HostProcess } from '../../runtime/host/host-process.js';
import { isGone } from '../../runtime/host/process-identity.js';
import type { MountedRoot } from '../driver.js';
import { diskUsage } from './disk-usage.js';
import { layerPath, newLayerId } from './layout.js';
import { copyUpper } from './snapshot.js';
import type { Upper } from './upper.js';

export interface OverlayRootOptions {
  stateDir: string;
  host: HostProcess;
  /** The sandbox's own directory; goes with the root. */
  directory: string;
  /** Where the overlay is mounted. */
  path: string;
  upper: Upper;
  mounts: readonly Mount[];
}

export class OverlayRoot implements MountedRoot {
  readonly path: string;
  readonly mounts: readonly Mount[];
  readonly #options: OverlayRootOptions;
  #released: Promise<void> | undefined;

  constructor(options: OverlayRootOptions) {
    this.path = options.path;
    this.mounts = options.mounts;
    this.#options = options;
  }

  async diskUsage(): Promise<number> {
    return await diskUsage(this.#options.upper.path);
  }

  async snapshot({ consume }: { consume: boolean }): Promise<string> {
    const { stateDir, host, upper } = this.#options;
    const layer = newLayerId();
    const target = layerPath(stateDir, layer);
    // A disk of its own is another file system: nothing can be renamed out of it.
    if (consume && upper.disk === undefined) {
      await host.unmount(this.path);
      await rename(upper.path, target);
    } else {
      await copyUpper(upper.path, target);
    }
    if (consume) await this.release();
    return layer;
  }

  async release(): Promise<void> {
    this.#released ??= this.#remove();
    await this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #remove(): Promise<void> {
    const { host, upper, directory } = this.#options;
    await host.unmount(this.path);
    if (upper.disk !== undefined) await host.unmount(upper.disk);
    await Promise.all([rm(directory, { recursive: true, force: true, maxRetries: 3 }), rmdir(this.path).catch(ignoreGone)]);
  }
}

function ignoreGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
