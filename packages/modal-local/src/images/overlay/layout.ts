// Where layers and sandboxes' own files are below the state directory. Names are short: the kernel takes one page of
// mount options, and 500 layers have to fit.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** Layers and what composes them are named relative to this directory, so that no host path shows inside a sandbox. */
export function layersDirectory(stateDir: string): string {
  return join(stateDir, 'l');
}

export function layerPath(stateDir: string, layerId: string): string {
  return join(layersDirectory(stateDir), layerId);
}

/** One sandbox's writable files; deleted with it. */
export function sandboxDirectory(stateDir: string, sandboxId: string): string {
  return join(stateDir, 'sb', sandboxId);
}

export function sandboxesDirectory(stateDir: string): string {
  return join(stateDir, 'sb');
}

/** Eight characters of 5 bits each. */
export function newLayerId(): string {
  const digits = 'abcdefghijklmnopqrstuvwxyz234567';
  return [...randomBytes(8)].map((byte) => digits.charAt(byte % 32)).join('');
}
