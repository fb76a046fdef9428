// One engine at a time on a state directory: two would run each other's clean-up. The kernel holds the lock, on an open
// file: it is gone when its engine is, however that ended, and no record of process ids, which other boots and other
// containers use as well, decides who is alive. The file stays: whoever deleted it could delete the lock of another.

import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { isAlive, isGone, processStartTime, type ProcessIdentity } from '../runtime/host/process-identity.js';

/** The exit code of flock(1) when another open file has the lock. */
const HELD = 1;

/** Holds the lock until disposed of. Throws an Error that names the holder. */
export function lockStateDirectory(root: string): Disposable {
  const file = openSync(lockPath(root), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    if (!tryLock(file)) {
      const holder = readLockHolder(root);
      throw new Error(
        `Another engine${holder === undefined ? '' : `, process ${holder},`} uses the state directory ${root}. Stop it, or choose another --state-dir, or --ephemeral.`,
      );
    }
    ftruncateSync(file);
    writeSync(file, JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) }), 0);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return { [Symbol.dispose]: () => closeSync(file) };
}

/** The process of the engine that runs on the state directory, as far as it can be seen from here: for messages, and to spare what it uses. */
export function readLockHolder(root: string): number | undefined {
  const holder = readHolder(lockPath(root));
  return holder !== undefined && isAlive(holder) ? holder.pid : undefined;
}

function lockPath(root: string): string {
  return join(root, 'lock');
}

/** Node has no call for it: a program locks the open file that it inherits, which stays locked while this process keeps it open. */
function tryLock(file: number): boolean {
  const { status, error, stderr } = spawnSync('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', file], encoding: 'utf8' });
  if (error) throw new Error('The engine needs the program flock (Debian package util-linux), which could not be started', { cause: error });
  if (status === 0 || status === HELD) return status === 0;
  throw new Error(`The state directory could not be locked: ${stderr.trim()}. Choose a --state-dir on a local file system, or --ephemeral.`);
}

function readHolder(path: string): ProcessIdentity | undefined {
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
