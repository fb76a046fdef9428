// Room for what is on its way: a directory of its own, on the state directory's file system.

import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

/** The caller removes it. */
export async function temporaryDirectory(stateDir: string, prefix: string): Promise<string> {
  const parent = join(stateDir, 'tmp');
  // Not recursive: that way Node calls a full disk a missing directory.
  await mkdir(parent, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return await mkdtemp(join(parent, prefix));
}
