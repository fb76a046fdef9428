// One engine at a time on a state directory: two would run each other's clean-up.

import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isAlive, isGone, processStartTime } from '../runtime/host/process-identity.js';

const ATTEMPTS = 10;

/** Holds the lock until disposed of. Throws an Error that names the holder. A holder that died holds nothing. */
export function lockStateDirectory(root: string): Disposable {
  const path = join(root, 'lock');
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) }), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (tryLink(own, path)) return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
      const holder = readHolder(path);
      if (holder && isAlive(holder)) {
        throw new Error(`Another engine, process ${holder.pid}, uses the state directory ${root}. Stop it, or choose another --state-dir, or --ephemeral.`);
      }
      rmSync(path, { force: true });
    }
    throw new Error(`The state directory ${root} could not be locked: others take its lock over and over.`);
  } finally {
    unlinkSync(own);
  }
}

/** The process of the engine that runs on the state directory. */
export function readLockHolder(root: string): number | undefined {
  const holder = readHolder(join(root, 'lock'));
  return holder !== undefined && isAlive(holder) ? holder.pid : undefined;
}

/** Linking is atomic, and the lock never appears without its content. */
function tryLink(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): { pid: number; startTime: number } | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof holder !== 'object' || holder === null || !('pid' in holder) || !('startTime' in holder)) return undefined;
    const { pid, startTime } = holder;
    return typeof pid === 'number' && typeof startTime === 'number' ? { pid, startTime } : undefined;
  } catch (error) {
    if (isGone(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
