// Images mounted at paths of running sandboxes. Each mount has a writable side of its own, which goes with it.

import { posix } from 'node:path';

import { EMPTY_IMAGE_CONFIG, type MountedRoot } from '../../images/driver.js';
import { EngineError } from '../errors.js';
import type { Images } from '../images/images.js';
import type { ContainerOfSandbox } from '../sandboxes/sandbox.js';
import type { SnapshotDrivers } from './snapshots.js';

const EMPTY = { layers: [], config: EMPTY_IMAGE_CONFIG, host: false };

interface Mounts {
  /** By path; undefined while one comes or goes. */
  readonly roots: Map<string, MountedRoot | undefined>;
  ended: boolean;
  readonly released: Promise<void>;
}

export class ImageMounts {
  readonly #mounted = new Map<string, Mounts>();
  #count = 0;

  constructor(
    private readonly images: Pick<Images, 'root'>,
    private readonly drivers: Pick<SnapshotDrivers, 'roots' | 'reportDefect'>,
  ) {}

  /** Without an image, an empty directory. What is at the path comes back with `unmount`. Throws INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION. */
  async mount(sandbox: ContainerOfSandbox, givenPath: string, imageId: string): Promise<void> {
    sandbox.requireRunning();
    const path = normalized(givenPath);
    const mounts = this.#of(sandbox);
    if (mounts.roots.has(path)) throw new EngineError('FAILED_PRECONDITION', `An image is mounted at '${path}' already: unmount it first`);
    mounts.roots.set(path, undefined);
    try {
      const root = await this.#mountNew(sandbox, path, imageId);
      if (mounts.ended) {
        await root.release();
        sandbox.requireRunning();
      }
      mounts.roots.set(path, root);
    } catch (error) {
      mounts.roots.delete(path);
      throw error;
    }
  }

  /** Throws FAILED_PRECONDITION when no image is mounted there. */
  async unmount(sandbox: ContainerOfSandbox, givenPath: string): Promise<void> {
    sandbox.requireRunning();
    const path = normalized(givenPath);
    const mounts = this.#of(sandbox);
    const root = mounts.roots.get(path);
    if (root === undefined) throw new EngineError('FAILED_PRECONDITION', `No image is mounted at '${path}'`);
    mounts.roots.set(path, undefined);
    try {
      await sandbox.machine.container.unmount(path);
    } catch (error) {
      if (mounts.ended) await root.release();
      else mounts.roots.set(path, root);
      throw error;
    }
    mounts.roots.delete(path);
    await root.release();
  }

  /** Resolves when every mount of a sandbox that has ended is gone. */
  async release(sandboxId: string): Promise<void> {
    await this.#mounted.get(sandboxId)?.released;
  }

  async #mountNew(sandbox: ContainerOfSandbox, path: string, imageId: string): Promise<MountedRoot> {
    const image = imageId === '' ? EMPTY : await this.images.root(imageId);
    if (image.host) throw new EngineError('FAILED_PRECONDITION', `Image ${imageId} is this machine's own files, which cannot be mounted inside a sandbox`);
    const root = await this.drivers.roots.mount(image, { id: `${sandbox.id}-m${++this.#count}`, bare: true });
    try {
      await sandbox.machine.container.mount({ source: root.path, target: path, readOnly: false });
      return root;
    } catch (error) {
      await root.release();
      throw error;
    }
  }

  #of({ id, finished }: ContainerOfSandbox): Mounts {
    const known = this.#mounted.get(id);
    if (known !== undefined) return known;
    const roots = new Map<string, MountedRoot | undefined>();
    // A sidecar may end before its sandbox does.
    const released = finished.then(() => this.#end(id, mounts));
    const mounts: Mounts = { roots, ended: false, released };
    this.#mounted.set(id, mounts);
    return mounts;
  }

  async #end(id: string, mounts: Mounts): Promise<void> {
    mounts.ended = true;
    for (const root of mounts.roots.values()) {
      await root?.release().catch((error: unknown) => this.drivers.reportDefect(`image mount of ${id}`, error));
    }
    this.#mounted.delete(id);
  }
}

/** One spelling for each place. Throws INVALID_ARGUMENT. */
function normalized(path: string): string {
  if (!path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) throw new EngineError('INVALID_ARGUMENT', `A mount path must be absolute and without '..', got: '${path}'`);
  const normal = posix.resolve(path);
  if (normal === '/') throw new EngineError('INVALID_ARGUMENT', 'An image cannot be mounted at the root: create a sandbox from it');
  return normal;
}
