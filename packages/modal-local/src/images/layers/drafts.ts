// Layers that are being made lie beside the finished ones under a name that says whose they are.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, processStartTime } from '../../runtime/host/process-identity.js';
import { layersDirectory } from '../overlay/layout.js';

export function draftName(layerId: string): string {
  return `.draft-${layerId}-${process.pid}-${processStartTime(process.pid) ?? 0}`;
}

/** Removes what processes that died have left half-done. */
export async function removeDeadDrafts(stateDir: string): Promise<void> {
  for (const name of await readdir(layersDirectory(stateDir))) {
    const owner = /^\.draft-[a-z2-7]{8}-(\d+)-(\d+)$/.exec(name);
    if (owner !== null && !isAlive({ pid: Number(owner[1]), startTime: Number(owner[2]) })) {
      await rm(join(layersDirectory(stateDir), name), { recursive: true, force: true });
    }
  }
}
