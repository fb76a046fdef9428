// The host's programs that the engine calls, and the Debian packages that bring them.

import { stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

export interface HostProgram {
  name: string;
  debianPackage: string;
  /** What cannot be done without it. */
  purpose: string;
  /** Sandboxes cannot run without it. */
  required: boolean;
}

export const HOST_PROGRAMS: readonly HostProgram[] = [
  { name: 'unshare', debianPackage: 'util-linux', purpose: "the engine's own mount namespace", required: true },
  { name: 'flock', debianPackage: 'util-linux', purpose: 'one engine at a time on a state directory', required: true },
  { name: 'mount', debianPackage: 'mount', purpose: "sandboxes' root file systems", required: true },
  { name: 'cp', debianPackage: 'coreutils', purpose: 'snapshots of running sandboxes', required: true },
  { name: 'tar', debianPackage: 'tar', purpose: 'unpacking images', required: true },
  { name: 'ip', debianPackage: 'iproute2', purpose: 'network for sandboxes', required: false },
  { name: 'nft', debianPackage: 'nftables', purpose: 'network for sandboxes, filtered', required: false },
  { name: 's3fs', debianPackage: 's3fs', purpose: 'cloud bucket mounts', required: false },
  { name: 'skopeo', debianPackage: 'skopeo', purpose: 'images from registries', required: false },
  { name: 'mkfs.ext4', debianPackage: 'e2fsprogs', purpose: 'disk limits', required: false },
];

/** The first executable of that name in PATH and in the directories that a user's PATH may lack; undefined when there is none. */
export async function findProgram(name: string): Promise<string | undefined> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const places = isAbsolute(name) ? [''] : [...path, '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  for (const place of places) {
    const candidate = join(place, name);
    const stats = await stat(candidate).catch(() => undefined);
    if (stats?.isFile() === true && (stats.mode & 0o111) !== 0) return candidate;
  }
  return undefined;
}
