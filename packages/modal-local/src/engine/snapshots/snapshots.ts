// Images of what sandboxes have written: of the whole file system, of a directory, of the end.

import type { RootFilesystems } from '../../images/driver.js';
import { EngineError } from '../errors.js';
import type { Images } from '../images/images.js';
import { longPoll } from '../long-poll.js';
import type { ContainerOfSandbox, Sandbox } from '../sandboxes/sandbox.js';
import { ImageMounts } from './image-mounts.js';

export const DEFAULT_SNAPSHOT_LIFE_MS = 30 * 24 * 60 * 60 * 1000;

export interface SnapshotDrivers {
  roots: RootFilesystems;
  /** A layer of a directory as a process of the container sees it. */
  captureDirectory: (pid: number, path: string) => Promise<string>;
  /** A stack of layers that mounts may be made of, with the same content. */
  flatten: (layers: readonly string[]) => Promise<readonly string[]>;
  reportDefect: (where: string, error: unknown) => void;
}

export interface SnapshotRequest {
  /** The same again is the same snapshot; empty for one of its own. */
  id: string;
  /** Undefined keeps it for ever. */
  lifeMs: number | undefined;
}

export type ExitSnapshot = { imageId: string } | { failure: string };

export class Snapshots {
  readonly #images: Images;
  readonly #drivers: SnapshotDrivers;
  readonly #taken = new Map<string, Promise<string>>();
  /** Known as long as their sandboxes are. */
  readonly #exits = new WeakMap<Sandbox, Promise<ExitSnapshot>>();
  readonly #queues = new Map<string, Promise<void>>();
  readonly mounts: ImageMounts;

  constructor(images: Images, drivers: SnapshotDrivers) {
    this.#images = images;
    this.#drivers = drivers;
    this.mounts = new ImageMounts(images, drivers);
  }

  /** The image's id. The sandbox stands still meanwhile. Throws NOT_FOUND when it has ended. */
  filesystem(sandbox: ContainerOfSandbox, request: SnapshotRequest): Promise<string> {
    return this.#once(sandbox, request, async () => {
      const { layers, config, host } = sandbox.image;
      const layer = await this.#still(sandbox, () => sandbox.machine.root.snapshot({ consume: false }));
      const stack = await this.#drivers.flatten([...layers, layer]);
      return this.#keep({ layers: stack, config, host }, `snapshot of ${sandbox.id}`, request.lifeMs);
    });
  }

  /** The image's id: its root is the directory. Throws NOT_FOUND, INVALID_ARGUMENT. */
  directory(sandbox: ContainerOfSandbox, path: string, request: SnapshotRequest): Promise<string> {
    return this.#once(sandbox, request, async () => {
      const layer = await this.#still(sandbox, () => this.#drivers.captureDirectory(sandbox.machine.container.pid, path));
      const image = { layers: [layer], config: sandbox.image.config, host: false };
      return this.#keep(image, `snapshot of ${path} in ${sandbox.id}`, request.lifeMs);
    });
  }

  /** Called once a sandbox's processes are gone, and before its files go. */
  async atEnd(sandbox: Sandbox): Promise<void> {
    const released = this.mounts.release(sandbox.id);
    if (sandbox.definition.exitSnapshot !== true) return await released;
    const taken = released.then(async () => await this.#takeExit(sandbox));
    this.#exits.set(sandbox, taken);
    await taken;
  }

  /** Undefined while the sandbox runs. Throws INVALID_ARGUMENT for one that was created without. */
  async exit(sandbox: Sandbox, milliseconds: number, signal?: AbortSignal): Promise<ExitSnapshot | undefined> {
    if (sandbox.definition.exitSnapshot !== true) {
      throw new EngineError('INVALID_ARGUMENT', `Sandbox ${sandbox.id} takes no exit snapshot: create it with the experimental option enable_exit_snapshot`);
    }
    const ended = sandbox.finished.then(async () => await this.#exits.get(sandbox));
    return await longPoll(ended, milliseconds, signal);
  }

  async #takeExit(sandbox: Sandbox): Promise<ExitSnapshot> {
    try {
      const { layers, config, host } = sandbox.image;
      const layer = await sandbox.machine.root.snapshot({ consume: true });
      const stack = await this.#drivers.flatten([...layers, layer]);
      return { imageId: this.#keep({ layers: stack, config, host }, `exit snapshot of ${sandbox.id}`, DEFAULT_SNAPSHOT_LIFE_MS) };
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  }

  async #still<T>(sandbox: ContainerOfSandbox, action: () => Promise<T>): Promise<T> {
    const { container } = sandbox.machine;
    const release = sandbox.busy();
    try {
      await container.pause();
      try {
        return await action();
      } finally {
        if (sandbox.running) await container.resume();
      }
    } catch (error) {
      if (!sandbox.running) throw new EngineError('NOT_FOUND', `Sandbox ${sandbox.id} ended before its snapshot was complete`, { cause: error });
      throw error;
    } finally {
      release();
    }
  }

  #keep(image: Parameters<Images['add']>[0]['image'], source: string, lifeMs: number | undefined): string {
    return this.#images.add({ image, source, ...(lifeMs === undefined ? {} : { lifeMs }) }).id;
  }

  /** Snapshots of one sandbox are taken one after another. */
  #once(sandbox: ContainerOfSandbox, { id }: SnapshotRequest, take: () => Promise<string>): Promise<string> {
    sandbox.requireRunning();
    const key = `${sandbox.id}/${id}`;
    const known = id === '' ? undefined : this.#taken.get(key);
    if (known !== undefined) return known;
    const previous = this.#queues.get(sandbox.id) ?? Promise.resolve();
    const taken = previous.then(take);
    const settled = taken.then(
      () => undefined,
      () => void this.#taken.delete(key),
    );
    this.#queues.set(sandbox.id, settled);
    if (id !== '') this.#taken.set(key, taken);
    void sandbox.finished.then(() => {
      this.#taken.delete(key);
      this.#queues.delete(sandbox.id);
    });
    return taken;
  }
}
