// The writable side of an overlay: one directory for what the sandbox writes, one that the kernel works in.

import { chmod, lchown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT_UID } from '../../runtime/driver.js';

export async function makeUpper(directory: string): Promise<void> {
  const upper = join(directory, 'u');
  await Promise.all([mkdir(upper), mkdir(join(directory, 'w'), { mode: 0o700 })]);
  // The upper's root is the sandbox's `/`.
  await chmod(upper, 0o755);
  await lchown(upper, ROOT_UID, ROOT_UID);
}
