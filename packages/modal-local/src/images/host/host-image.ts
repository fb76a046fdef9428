// The image that needs no download: this machine's own programs, read-only, with a made-up /etc around them.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Mount } from '../../runtime/driver.js';
import type { RootImage } from '../driver.js';
import { buildLayer } from '../overlay/engine-layer.js';
import { findInterpreters, type Interpreters, LINKS_DIRECTORY } from './interpreters.js';
import { fillSkeleton, unmergedDirectories } from './skeleton.js';

/** Goes up when the skeleton's content changes. */
const SKELETON_VERSION = 1;

const PATH = [LINKS_DIRECTORY, '/root/.local/bin', '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':');

/** Makes the skeleton layer once per state directory and version of the host. */
export async function hostImage(stateDir: string): Promise<RootImage> {
  const interpreters = await findInterpreters();
  const layer = `host-${await hostVersion(interpreters)}`;
  await buildLayer(stateDir, layer, async (root) => await fillSkeleton(root, interpreters));
  return {
    layers: [layer],
    config: {
      env: {
        PATH,
        LANG: 'C.UTF-8',
        // /usr is read-only: installed packages go to the user's own directories.
        PIP_BREAK_SYSTEM_PACKAGES: '1',
        PIP_ROOT_USER_ACTION: 'ignore',
        NPM_CONFIG_PREFIX: '/root/.local',
      },
      workdir: '/',
      user: '',
      entrypoint: [],
      cmd: [],
      labels: {},
    },
    host: true,
  };
}

/** The mounts that stand for `RootImage.host`. */
export async function hostMounts(): Promise<readonly Mount[]> {
  const directories = ['/usr', ...(await unmergedDirectories())];
  const system = directories.map((path) => ({ source: path, target: path, readOnly: true, idmap: true }));
  return [...system, ...(await findInterpreters()).mounts];
}

async function hostVersion(interpreters: Interpreters): Promise<string> {
  const cache = await stat('/etc/ld.so.cache');
  const facts = [SKELETON_VERSION, await readFile('/etc/os-release', 'utf8'), cache.mtimeMs, interpreters];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8);
}
