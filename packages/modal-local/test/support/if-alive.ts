// What /proc tells of a process, which may end at any moment.

import { readFileSync } from 'node:fs';

/** Undefined when the process ends meanwhile. */
export function ifAlive<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return undefined;
    throw error;
  }
}

/** Empty when the process has ended. */
export function commandLine(pid: number | string): string {
  return ifAlive(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
}
