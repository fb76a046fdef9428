// Whose a bridge is, written on the bridge itself: it outlives a record, and names one process of this boot.

import { readlinkSync } from 'node:fs';
import { isAlive, processStartTime } from '../../runtime/host/process-identity.js';

/** The alias of this process's bridge. */
export function ownerAlias(): string {
  return `modal-local:${pidNamespace()}:${process.pid}:${processStartTime(process.pid)}`;
}

/** Whether the process that an alias names has ended. One of another pid namespace, such as a container's, cannot be told. */
export function isAbandoned(alias: string): boolean {
  const [, space, pid, startTime] = /^modal-local:(\d+):(\d+):(\d+)$/.exec(alias) ?? [];
  if (space !== pidNamespace()) return false;
  return !isAlive({ pid: Number(pid), startTime: Number(startTime) });
}

function pidNamespace(): string {
  return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
}
