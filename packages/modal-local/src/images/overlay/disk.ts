// A disk limit: the sandbox's writable side on a sparse file system of its own, so that it meets ENOSPC and nobody else does.

import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import { runCommand } from '../../runtime/host/command.js';

/** Below it the file system's own tables would leave next to nothing. */
const MIN_BYTES = 16 * 1024 * 1024;

/** Makes the disk below `directory` and mounts it; returns where. Blocks are taken from the host only as they are written. */
export async function mountDisk(directory: string, bytes: number): Promise<string> {
  if (bytes < MIN_BYTES) {
    throw new EngineError('INVALID_ARGUMENT', `a sandbox's disk takes at least ${MIN_BYTES / 1024 / 1024} MiB, not ${Math.floor(bytes / 1024 / 1024)}`);
  }
  const image = join(directory, 'disk');
  const file = await open(image, 'wx', 0o600);
  try {
    // 2% and 4 MiB for tables and the lost+found directory.
    await file.truncate(Math.ceil(bytes * 1.02) + 4 * 1024 * 1024);
  } finally {
    await file.close();
  }
  await needed(['mkfs.ext4', '-q', '-F', '-m', '0', '-O', '^has_journal', '-E', 'lazy_itable_init=1', image]);
  const target = join(directory, 'd');
  await mkdir(target);
  await needed(['mount', '-n', '-o', 'loop,noatime', image, target]);
  return target;
}

async function needed(argv: readonly [string, ...string[]]): Promise<void> {
  const { code, stderr } = await runCommand(argv);
  if (code === 0) return;
  throw new EngineError(
    'FAILED_PRECONDITION',
    `this host cannot limit a sandbox's disk: ${argv[0]} said ${stderr.trim() || `code ${code}`}. It takes e2fsprogs (\`apt-get install e2fsprogs\`) and loop devices; leave the disk size out to go without a limit`,
  );
}
