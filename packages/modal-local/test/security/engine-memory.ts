// What the engine of a test file holds, seen from outside.

import { readdirSync, readFileSync } from 'node:fs';

/** MiB that the engine and the programs beside it hold. Both are children of this process. */
export function engineMemory(): number {
  return descendants(process.pid).reduce((sum, pid) => sum + memoryOf(pid), 0);
}

function descendants(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => optional(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number));
  return children.flatMap((child) => (optional(`/proc/${child}/cmdline`).includes('--init') ? [] : [child, ...descendants(child)]));
}

function memoryOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(optional(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function optional(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
