// What the engine of a test file holds, seen from outside.

import { readdirSync, readFileSync } from 'node:fs';

import { commandLine, ifAlive } from '../support/if-alive.js';

/** MiB that the engine and the programs beside it hold. Both are children of this process. */
export function engineMemory(): number {
  return descendants(process.pid).reduce((sum, pid) => sum + memoryOf(pid), 0);
}

function descendants(pid: number): number[] {
  const tasks = ifAlive(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  const children = tasks.flatMap((task) => optional(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number));
  return children.flatMap((child) => (commandLine(child).includes('--init') ? [] : [child, ...descendants(child)]));
}

function memoryOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(optional(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function optional(path: string): string {
  return ifAlive(() => readFileSync(path, 'utf8')) ?? '';
}
