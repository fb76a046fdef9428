// A container's limits may not exceed the engine's own hard limits: root without CAP_SYS_RESOURCE cannot raise them,
// and the runtime then fails to start anything.

import { readFileSync } from 'node:fs';

export interface ResourceLimit {
  type: string;
  soft: number;
  hard: number;
}

// Modal's sandboxes see 65,536 descriptors; no core files, which would fill the sandbox's disk.
const WANTED: readonly [type: string, procName: string, value: number][] = [
  ['RLIMIT_NOFILE', 'Max open files', 65_536],
  ['RLIMIT_CORE', 'Max core file size', 0],
  ['RLIMIT_MEMLOCK', 'Max locked memory', 8 * 1024 * 1024],
  ['RLIMIT_SIGPENDING', 'Max pending signals', 16_384],
  ['RLIMIT_MSGQUEUE', 'Max msgqueue size', 819_200],
];

export function containerRlimits(limits = readFileSync('/proc/self/limits', 'latin1')): ResourceLimit[] {
  return WANTED.map(([type, procName, wanted]) => {
    const value = Math.min(wanted, hardLimit(limits, procName));
    return { type, soft: value, hard: value };
  });
}

function hardLimit(limits: string, name: string): number {
  const line = limits.split('\n').find((candidate) => candidate.startsWith(name));
  const hard = line?.slice(name.length).trim().split(/\s+/)[1];
  return hard === undefined || hard === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(hard);
}
