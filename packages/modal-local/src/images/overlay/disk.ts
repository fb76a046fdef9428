// A disk limit: the sandbox's writable side on a sparse file system of its own, so that it meets ENOSPC and nobody else
// does. Blocks are taken from the host only as they are written, and given back as files are deleted.

import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import { runCommand } from '../../runtime/host/command.js';
import { DiskFullError, saysDiskFull } from '../../runtime/host/disk-full.js';

/** Below it the file system's own tables would leave next to nothing. */
const MIN_BYTES = 16 * 1024 * 1024;

/** No journal: nobody mounts it again. Tables lie together and stay unwritten until they are used. */
const MKFS = ['mkfs.ext4', '-q', '-F', '-m', '0', '-O', '^has_journal,^resize_inode,sparse_super2', '-E', 'lazy_itable_init=1,num_backup_sb=0,packed_meta_blocks=1'] as const;
const MOUNT = ['mount', '-n', '-o', 'loop,noatime,noinit_itable,discard'] as const;

/** Makes the disk below `directory` and mounts it; returns where. */
export async function mountDisk(directory: string, bytes: number): Promise<string> {
  const image = join(directory, 'disk');
  await makeDisk(image, bytes);
  const target = join(directory, 'd');
  await mkdir(target);
  await needed([...MOUNT, image, target]);
  return target;
}

/** As `mountDisk`, with a disk that is copied from another. */
export async function mountDiskFrom(template: string, directory: string): Promise<void> {
  const [image, target] = [join(directory, 'disk'), join(directory, 'd')];
  await mkdir(target);
  // One process starts both: starting one is what costs the engine time.
  await needed(['sh', '-c', `cp --sparse=always "$1" "$2" && ${MOUNT.join(' ')} "$2" "$3"`, 'sh', template, image, target]);
}

/** An empty disk to copy; made once for each size. */
export async function makeDiskTemplate(stateDir: string, bytes: number): Promise<string> {
  const directory = join(stateDir, 'disks');
  const template = join(directory, `${bytes}-1`);
  const known = await stat(template).then(
    () => true,
    () => false,
  );
  if (known) return template;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${template}.${process.pid}`;
  await rm(draft, { force: true });
  await makeDisk(draft, bytes);
  await rename(draft, template);
  return template;
}

async function makeDisk(image: string, bytes: number): Promise<void> {
  if (bytes < MIN_BYTES) {
    throw new EngineError('INVALID_ARGUMENT', `a sandbox's disk takes at least ${MIN_BYTES / 1024 / 1024} MiB, not ${Math.floor(bytes / 1024 / 1024)}`);
  }
  const file = await open(image, 'wx', 0o600);
  try {
    // 2% and 4 MiB for tables and the lost+found directory.
    await file.truncate(Math.ceil(bytes * 1.02) + 4 * 1024 * 1024);
  } finally {
    await file.close();
  }
  await needed([...MKFS, image]);
}

async function needed(argv: readonly [string, ...string[]]): Promise<void> {
  const { code, stderr } = await runCommand(argv);
  if (code === 0) return;
  if (saysDiskFull(stderr)) throw new DiskFullError(`a sandbox's disk could not be made: ${stderr.trim()}`);
  throw new EngineError(
    'FAILED_PRECONDITION',
    `this host cannot limit a sandbox's disk: ${argv[0]} said ${stderr.trim() || `code ${code}`}. It takes e2fsprogs (\`apt-get install e2fsprogs\`) and loop devices; leave the disk size out to go without a limit`,
  );
}
