// What stands around this machine's /usr in a sandbox of the host image.

import { chmod, lstat, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT_UID } from '../../runtime/driver.js';
import { runChecked } from '../../runtime/host/command.js';
import { type Interpreters, LINKS_DIRECTORY } from './interpreters.js';
import { COPIED_ETC, SYNTHETIC_ETC } from './synthetic-etc.js';

const DIRECTORIES: readonly [path: string, mode: number][] = [
  ['home', 0o755],
  ['home/user', 0o755],
  ['mnt', 0o755],
  ['opt', 0o755],
  ['opt/modal-local', 0o755],
  ['root', 0o700],
  ['run', 0o755],
  ['run/lock', 0o1777],
  ['srv', 0o755],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['var', 0o755],
  ['var/cache', 0o755],
  ['var/lib', 0o755],
  ['var/log', 0o755],
  ['var/tmp', 0o1777],
];

const ROOT_NAMES = ['bin', 'lib', 'lib32', 'lib64', 'libx32', 'sbin'];

/** Fills `root`; everything in it belongs to the sandbox's root afterwards. */
export async function fillSkeleton(root: string, interpreters: Interpreters): Promise<void> {
  for (const [path, mode] of DIRECTORIES) {
    await mkdir(join(root, path));
    await chmod(join(root, path), mode);
  }
  await symlink('/run', join(root, 'var/run'));
  for (const name of ROOT_NAMES) {
    const target = await linkTarget(`/${name}`);
    if (target !== undefined) await symlink(target, join(root, name));
  }
  await fillEtc(join(root, 'etc'));
  await mkdir(join(root, LINKS_DIRECTORY));
  for (const [name, target] of Object.entries(interpreters.links)) await symlink(target, join(root, LINKS_DIRECTORY, name));
  for (const mount of interpreters.mounts) await mkdir(join(root, mount.target));
  await runChecked(['chown', '-hR', `${ROOT_UID}:${ROOT_UID}`, root]);
  await runChecked(['chown', '-h', `${ROOT_UID + 1000}:${ROOT_UID + 1000}`, join(root, 'home/user')]);
}

/** The directories of a host whose /bin and /lib are not links into /usr. */
export async function unmergedDirectories(): Promise<string[]> {
  const found: string[] = [];
  for (const name of ROOT_NAMES) {
    const stats = await lstat(`/${name}`).catch(absent);
    if (stats?.isDirectory() === true) found.push(`/${name}`);
  }
  return found;
}

async function fillEtc(etc: string): Promise<void> {
  await mkdir(etc);
  const there = await Promise.all(COPIED_ETC.map(async (name) => await lstat(join('/etc', name)).catch(absent)));
  const names = COPIED_ETC.filter((_name, index) => there[index] !== undefined);
  if (names.length > 0) await runChecked(['cp', '-a', '--parents', ...names, etc], { cwd: '/etc' });
  for (const [name, content] of Object.entries(SYNTHETIC_ETC)) await writeFile(join(etc, name), content);
  await chmod(join(etc, 'shadow'), 0o640);
}

async function linkTarget(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(absent);
  return stats?.isSymbolicLink() === true ? await readlink(path) : undefined;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
