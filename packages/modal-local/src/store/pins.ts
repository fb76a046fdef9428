// Paths to directories that nobody can redirect: an open directory, bind-mounted where only the engine can write.

import { mkdirSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

import { runChecked } from '../runtime/host/command.js';

export interface PinnedDirectory extends AsyncDisposable {
  readonly path: string;
}

export class Pins {
  constructor(private readonly root: string) {}

  /** Needs the right to mount. The descriptor may be closed afterwards; containers that hold the path keep the directory. */
  async pin(descriptor: number): Promise<PinnedDirectory> {
    mkdirSync(this.root, { recursive: true, mode: 0o711 });
    const path = mkdtempSync(join(this.root, 'pin-'));
    try {
      await runChecked(['mount', '--bind', `/proc/${process.pid}/fd/${descriptor}`, path]);
    } catch (error) {
      rmdirSync(path);
      throw error;
    }
    let released: Promise<void> | undefined;
    const release = async () => {
      await runChecked(['umount', '--lazy', path]);
      rmdirSync(path);
    };
    return { path, [Symbol.asyncDispose]: () => (released ??= release()) };
  }

  /** Removes the mount points of an engine that died. Only for the one that holds the state directory's lock. */
  clear(): void {
    mkdirSync(this.root, { recursive: true, mode: 0o711 });
    for (const entry of readdirSync(this.root)) rmdirSync(join(this.root, entry));
  }
}
