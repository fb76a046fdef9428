// Disks that are ready before anyone asks: a sandbox with the usual limit waits for none to be made.

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostProcess } from '../../runtime/host/host-process.js';
import { makeDiskTemplate, mountDiskFrom } from './disk.js';
import { sandboxDirectory } from './layout.js';

export interface DiskPoolOptions {
  stateDir: string;
  host: HostProcess;
  /** Size of every disk. */
  bytes: number;
}

const READY = 3;
/** Disks are made when the sandbox that took one has started. */
const REFILL_DELAY_MS = 200;

export class DiskPool implements AsyncDisposable {
  readonly bytes: number;
  readonly #options: DiskPoolOptions;
  readonly #template: string;
  readonly #ready: string[] = [];
  #made = 0;
  #filling: Promise<void> | undefined;
  #closed = false;

  private constructor(options: DiskPoolOptions, template: string) {
    this.bytes = options.bytes;
    this.#options = options;
    this.#template = template;
  }

  /** Rejects with FAILED_PRECONDITION on a host that has no such disks. */
  static async open(options: DiskPoolOptions): Promise<DiskPool> {
    const pool = new DiskPool(options, await makeDiskTemplate(options.stateDir, options.bytes));
    pool.#ready.push(await pool.#make());
    pool.#refill();
    return pool;
  }

  /** Makes the sandbox's directory, with a mounted disk in it; returns where the disk is. */
  async take(directory: string): Promise<string> {
    const ready = this.#ready.shift() ?? (await this.#make());
    this.#refill();
    await rename(ready, directory);
    return join(directory, 'd');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#filling;
    for (const directory of this.#ready.splice(0)) {
      await this.#options.host.unmount(join(directory, 'd'));
      await rm(directory, { recursive: true, force: true });
    }
  }

  #refill(): void {
    this.#filling ??= new Promise<void>((resolve) => setTimeout(resolve, REFILL_DELAY_MS).unref())
      .then(async () => {
        while (!this.#closed && this.#ready.length < READY) this.#ready.push(await this.#make());
      })
      // The next sandbox makes its own, and tells whoever asked for it why that fails.
      .catch(() => undefined)
      .finally(() => (this.#filling = undefined));
  }

  async #make(): Promise<string> {
    const directory = sandboxDirectory(this.#options.stateDir, `disk-${process.pid}-${++this.#made}`);
    await mkdir(directory, { mode: 0o700 });
    try {
      await mountDiskFrom(this.#template, directory);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    return directory;
  }
}
