// The writable side of an overlay: one directory for what the sandbox writes, one that the kernel works in.

import { chmod, lchown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT_UID } from '../../runtime/driver.js';
import { mountDisk } from './disk.js';

export interface Upper {
  /** What the sandbox writes. */
  path: string;
  /** The two directories, relative to the sandbox's own, for the mount's options. */
  names: { upper: string; work: string };
  /** Where the disk is mounted that holds it, when there is a limit. */
  disk: string | undefined;
}

/** `ready` is a disk that is mounted already. */
export async function makeUpper(directory: string, diskBytes: number | undefined, ready?: string): Promise<Upper> {
  const disk = ready ?? (diskBytes === undefined ? undefined : await mountDisk(directory, diskBytes));
  const parent = disk ?? directory;
  const path = join(parent, 'u');
  await Promise.all([mkdir(path), mkdir(join(parent, 'w'), { mode: 0o700 })]);
  // The upper's root is the sandbox's `/`.
  await chmod(path, 0o755);
  await lchown(path, ROOT_UID, ROOT_UID);
  const prefix = disk === undefined ? '' : 'd/';
  return { path, names: { upper: `${prefix}u`, work: `${prefix}w` }, disk };
}
