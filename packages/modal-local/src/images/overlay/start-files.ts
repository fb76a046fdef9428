// Files that a sandbox starts with on top of its image: /etc/hosts, /etc/resolv.conf. They are a layer of the
// sandbox's own, not mounts: the sandbox may change or remove them, within its disk limit, and a snapshot holds them
// only when it did.

import { chmod, lchown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT_UID } from '../../runtime/driver.js';

const START_FILE = /^\/etc\/[A-Za-z0-9._-]+$/;

/** `files` are pairs of an absolute path directly below /etc and its content. */
export async function makeStartFiles(layer: string, files: readonly (readonly [path: string, content: string])[]): Promise<void> {
  const etc = join(layer, 'etc');
  await mkdir(layer);
  await mkdir(etc);
  await Promise.all([
    own(layer, 0o755),
    own(etc, 0o755),
    ...files.map(async ([path, content]) => {
      if (!START_FILE.test(path)) throw new Error(`start file ${JSON.stringify(path)} is not directly below /etc`);
      await writeFile(join(layer, path), content);
      await own(join(layer, path), 0o644);
    }),
  ]);
}

async function own(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
  await lchown(path, ROOT_UID, ROOT_UID);
}
