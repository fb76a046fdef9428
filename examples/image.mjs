// Roots for images, with numpy or torch or neither, made from Debian's packages alone: where PyPI cannot be reached, this is
// how to have them. mmdebstrap makes each once; it is kept in the user's cache.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOTS = {
  /** With apt, for Dockerfile commands that install more. */
  base: { variant: 'apt', packages: ['python3', 'python-is-python3'] },
  numpy: { variant: 'minbase', packages: ['python3', 'python-is-python3', 'python3-numpy', 'python3-pip', 'nodejs'] },
  torch: { variant: 'minbase', packages: ['python3', 'python-is-python3', 'python3-numpy', 'python3-torch', 'python3-pip', 'nodejs'] },
};

/**
 * @param {'base' | 'numpy' | 'torch'} name
 * @returns {string} a tar archive of a root file system, for `modal-local images import`
 */
export function rootArchive(name) {
  const { variant } = ROOTS[name];
  const packages = ROOTS[name].packages.join(',');
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'modal-local-examples');
  const archive = path.join(cache, `${name}-${createHash('sha256').update(packages).digest('hex').slice(0, 12)}.tar`);
  if (existsSync(archive)) return archive;

  mkdirSync(cache, { recursive: true });
  const partial = `${archive}.partial.tar`;
  const options = [`--variant=${variant}`, `--include=${packages}`, '--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/locale/*'];
  const { status, error } = spawnSync('mmdebstrap', [...options, 'bookworm', partial], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`mmdebstrap could not make the root '${name}'${error ? `: ${error.message}` : ''}`);
  renameSync(partial, archive);
  return archive;
}
