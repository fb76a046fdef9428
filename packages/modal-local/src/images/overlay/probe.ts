// Whether a directory can hold the writable side of an overlay: not on another overlay, not on network file systems.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../runtime/host/command.js';

export const OVERLAY_FIX =
  "give --state-dir a directory on ext4, xfs or btrfs (in Docker: a volume, not the container's own file system)";

/** Mounts one for a moment; the kernel's words when it refuses. */
export async function overlayRefusal(directory: string): Promise<string | undefined> {
  const scratch = await mkdtemp(join(directory, '.overlay-'));
  try {
    await Promise.all(['l', 'u', 'w', 'm'].map(async (name) => await mkdir(join(scratch, name))));
    const options = 'lowerdir=l,upperdir=u,workdir=w';
    const result = await runCommand(['mount', '-n', '-t', 'overlay', '-o', options, 'overlay', 'm'], { cwd: scratch });
    if (result.code !== 0) return result.stderr.trim() || `mount ended with code ${result.code}`;
    await runCommand(['umount', '-n', 'm'], { cwd: scratch });
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
