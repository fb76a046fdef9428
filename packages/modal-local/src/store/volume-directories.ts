// The files of volumes: a directory each. Sandboxes write there, also while we look, so no path inside a volume is
// ever resolved by name: descent is by open directory, and deletion by `rm`, which does the same.

import { execFile } from 'node:child_process';
import { chownSync, closeSync, constants, fchownSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from '../error-code.js';
import { namesIn } from '../runtime/host/names-in.js';
import type { PinnedDirectory, Pins } from './pins.js';

const run = promisify(execFile);
const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Names of directories on their way out; no volume id starts like this. */
const DOOMED = 'deleted-';

/** The sub-path leads through a symlink or a file (`not-a-directory`), or nowhere (`missing`). */
export class SubPathError extends Error {
  override readonly name = 'SubPathError';
  constructor(
    readonly reason: 'missing' | 'not-a-directory',
    component: string,
    cause: unknown,
  ) {
    super(reason === 'missing' ? `${component} does not exist` : `${component} is not a directory`, { cause });
  }
}

export class VolumeDirectories {
  /** `owner` is the host's id of every container's root. */
  constructor(
    private readonly root: string,
    private readonly pins: Pins,
    private readonly owner: number,
  ) {}

  /** The volume's directory, created when missing. */
  ensure(id: string): string {
    const path = join(this.root, id);
    mkdirSync(this.root, { recursive: true, mode: 0o711 });
    try {
      mkdirSync(path, { mode: 0o755 });
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return path;
      throw error;
    }
    chownSync(path, this.owner, this.owner);
    return path;
  }

  /** A path that goes on meaning the directory at `components` of now. Throws `SubPathError`. */
  async pin(id: string, components: readonly string[], options: { create: boolean }): Promise<PinnedDirectory> {
    let directory = openSync(this.ensure(id), OPEN_DIRECTORY);
    try {
      for (const component of components) {
        const child = this.#descend(directory, component, options.create);
        closeSync(directory);
        directory = child;
      }
      return await this.pins.pin(directory);
    } finally {
      closeSync(directory);
    }
  }

  /** The directory disappears at once, its files soon after: what a sandbox writes meanwhile, with `removeAllBut`. */
  async remove(id: string): Promise<void> {
    const doomed = join(this.root, `${DOOMED}${id}`);
    try {
      renameSync(join(this.root, id), doomed);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    try {
      await run('rm', ['-rf', '--one-file-system', '--', doomed], { env: { ...process.env, LC_ALL: 'C' } });
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('Directory not empty'))) throw error;
    }
  }

  /** Removes what belongs to no volume in `ids`: of deletions that a crash cut short. Returns how many. */
  async removeAllBut(ids: readonly string[]): Promise<number> {
    const kept = new Set(ids);
    const strays = namesIn(this.root).filter((entry) => !kept.has(entry));
    for (const stray of strays) await this.remove(stray.startsWith(DOOMED) ? stray.slice(DOOMED.length) : stray);
    return strays.length;
  }

  #descend(parent: number, component: string, create: boolean): number {
    const path = `/proc/self/fd/${parent}/${component}`;
    const made = create && this.#make(path);
    try {
      const child = openSync(path, OPEN_DIRECTORY);
      if (made) fchownSync(child, this.owner, this.owner);
      return child;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) throw new SubPathError('missing', component, error);
      if (hasCode(error, 'ENOTDIR', 'ELOOP')) throw new SubPathError('not-a-directory', component, error);
      throw error;
    }
  }

  #make(path: string): boolean {
    try {
      mkdirSync(path, { mode: 0o755 });
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    }
  }
}
