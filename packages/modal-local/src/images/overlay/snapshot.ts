// Copies what a sandbox has written into a layer of its own while the sandbox goes on.

import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runChecked } from '../../runtime/host/command.js';

/**
 * Keeps owners, times, hard links, sparse files, whiteouts and the extended attributes that mark opaque directories;
 * shares blocks where the file system can. The copy appears at `target` only when it is whole.
 */
export async function copyUpper(upper: string, target: string): Promise<void> {
  const draft = join(dirname(target), `.${basename(target)}`);
  await mkdir(draft);
  try {
    await runChecked(['cp', '-a', '--reflink=auto', '--sparse=always', `${upper}/.`, draft], { timeoutMs: 30 * 60_000 });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}
