// Makes a layer of one directory of a running sandbox: what a process in there sees, whatever is mounted at it.

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_LAYER_LIMITS } from '../layers/layer-limits.js';
import { confined } from '../layers/confinement.js';
import { LayerError } from '../layers/layer-error.js';
import { unpackArchive } from '../layers/unpack.js';
import { layerPath, layersDirectory, newLayerId } from '../overlay/layout.js';
import { draftName } from '../layers/drafts.js';
import { openInside } from './open-inside.js';

/** Files that change meanwhile. */
const CHANGED = 1;

/** The layer's id. The caller has paused the sandbox. Throws NOT_FOUND, INVALID_ARGUMENT. */
export async function captureDirectory(stateDir: string, pid: number, path: string): Promise<string> {
  const directory = await openInside(pid, path);
  const layer = newLayerId();
  const draft = join(layersDirectory(stateDir), draftName(layer));
  const target = join(draft, 'layer');
  const scratch = join(draft, 'scratch');
  const readScratch = join(draft, 'read');
  try {
    // One by one: Node's recursive mkdir calls a full disk a missing directory.
    await mkdir(draft);
    await mkdir(target);
    await Promise.all([mkdir(scratch), mkdir(readScratch)]);
    const tar = ['tar', '--create', '--file=-', '--one-file-system', '--sparse', '--numeric-owner', '--format=posix', '--pax-option=delete=atime,delete=ctime', '--xattrs', '--xattrs-include=user.*', '--warning=no-file-ignored', '.'];
    const reader = confined(tar, { scratch: readScratch, cwd: `/proc/${process.pid}/fd/${directory.fd}` });
    reader.stdin.end();
    try {
      await unpackArchive(reader.stdout as AsyncIterable<Buffer>, { directory: target, scratch, limits: DEFAULT_LAYER_LIMITS, origin: 'sandbox' });
      const { code, stderr } = await reader.finished;
      if (code !== 0 && code !== CHANGED) throw new LayerError('CORRUPT', `tar cannot read the directory: ${stderr || `code ${code}`}`);
    } finally {
      reader.kill('SIGKILL');
    }
    await rename(target, layerPath(stateDir, layer));
    return layer;
  } finally {
    await directory.close();
    await rm(draft, { recursive: true, force: true });
  }
}
