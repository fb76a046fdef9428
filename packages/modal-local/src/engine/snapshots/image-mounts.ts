// Images mounted at paths of running sandboxes. Each mount has a writable side of its own, which goes with it.

import { EMPTY_IMAGE_CONFIG, type MountedRoot, type RootFilesystems } from '../../images/driver.js';
import { EngineError } from '../errors.js';
import type { Images } from '../images/images.js';
import type { ContainerOfSandbox } from '../sandboxes/sandbox.js';

const EMPTY = { layers: [], config: EMPTY_IMAGE_CONFIG, host: false };

export class ImageMounts {
  readonly #mounted = new Map<string, Map<string, MountedRoot>>();
  #count = 0;

  constructor(
    private readonly images: Images,
    private readonly roots: RootFilesystems,
  ) {}

  /** Without an image, an empty directory. What is at the path comes back with `unmount`. Throws INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION. */
  async mount(sandbox: ContainerOfSandbox, path: string, imageId: string): Promise<void> {
    sandbox.requireRunning();
    checkPath(path);
    const mounts = this.#of(sandbox);
    if (mounts.has(path)) throw new EngineError('FAILED_PRECONDITION', `An image is mounted at '${path}' already: unmount it first`);
    const image = imageId === '' ? EMPTY : await this.images.root(imageId);
    if (image.host) throw new EngineError('FAILED_PRECONDITION', `Image ${imageId} is this machine's own files, which cannot be mounted inside a sandbox`);
    const root = await this.roots.mount(image, { id: `${sandbox.id}-m${++this.#count}`, bare: true });
    try {
      await sandbox.machine.container.mount({ source: root.path, target: path, readOnly: false });
      mounts.set(path, root);
    } catch (error) {
      await root.release();
      throw error;
    }
  }

  /** Throws FAILED_PRECONDITION when no image is mounted there. */
  async unmount(sandbox: ContainerOfSandbox, path: string): Promise<void> {
    sandbox.requireRunning();
    const mounts = this.#of(sandbox);
    const root = mounts.get(path);
    if (root === undefined) throw new EngineError('FAILED_PRECONDITION', `No image is mounted at '${path}'`);
    await sandbox.machine.container.unmount(path);
    mounts.delete(path);
    await root.release();
  }

  /** Every mount of a sandbox that has ended. */
  async release(sandboxId: string): Promise<void> {
    const mounts = this.#mounted.get(sandboxId);
    this.#mounted.delete(sandboxId);
    for (const root of mounts?.values() ?? []) await root.release();
  }

  #of({ id, finished }: ContainerOfSandbox): Map<string, MountedRoot> {
    const known = this.#mounted.get(id);
    if (known !== undefined) return known;
    const mounts = new Map<string, MountedRoot>();
    this.#mounted.set(id, mounts);
    // A sidecar may end before its sandbox does.
    void finished.then(() => this.release(id));
    return mounts;
  }
}

function checkPath(path: string): void {
  if (!path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) throw new EngineError('INVALID_ARGUMENT', `A mount path must be absolute and without '..', got: '${path}'`);
  if (path.replaceAll('/', '') === '') throw new EngineError('INVALID_ARGUMENT', 'An image cannot be mounted at the root: create a sandbox from it');
}
