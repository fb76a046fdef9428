// An image with numpy, or with torch, made from Debian's packages alone: where PyPI cannot be reached, this is how to have
// them. The root is made by mmdebstrap once and kept in the user's cache.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PACKAGES = {
  numpy: ['python3', 'python-is-python3', 'python3-numpy', 'python3-pip', 'nodejs'],
  torch: ['python3', 'python-is-python3', 'python3-numpy', 'python3-torch', 'python3-pip', 'nodejs'],
};

/**
 * @param {'numpy' | 'torch'} library
 * @returns {string} a tar archive of a root file system, for `modal-local images import`
 */
export function rootArchive(library) {
  const packages = PACKAGES[library].join(',');
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'modal-local-examples');
  const archive = path.join(cache, `${library}-${createHash('sha256').update(packages).digest('hex').slice(0, 12)}.tar`);
  if (existsSync(archive)) return archive;

  mkdirSync(cache, { recursive: true });
  const partial = `${archive}.partial.tar`;
  const options = ['--variant=minbase', `--include=${packages}`, '--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/locale/*'];
  const { status, error } = spawnSync('mmdebstrap', [...options, 'bookworm', partial], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`mmdebstrap could not make a root with ${library}${error ? `: ${error.message}` : ''}`);
  renameSync(partial, archive);
  return archive;
}
