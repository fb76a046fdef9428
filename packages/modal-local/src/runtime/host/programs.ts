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

/** Where programs are that a user's PATH may lack. The engine's own PATH has them all. */
export const SYSTEM_DIRECTORIES: readonly string[] = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The first executable of that name in PATH and in the system's directories; undefined when there is none. */
export async function findProgram(name: string): Promise<string | undefined> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const places = isAbsolute(name) ? [''] : [...path, ...SYSTEM_DIRECTORIES];
  for (const place of places) {
    const candidate = join(place, name);
    const stats = await stat(candidate).catch(() => undefined);
    if (stats?.isFile() === true && (stats.mode & 0o111) !== 0) return candidate;
  }
  return undefined;
}
