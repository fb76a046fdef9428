// A process id alone names nobody: the kernel reuses it. With its start time it names one process of this boot.

import { readFileSync } from 'node:fs';
import { hasCode } from '../../error-code.js';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks between boot and the start of the process. */
  startTime: number;
}

/** Field 22 of /proc/PID/stat; undefined when there is no such process, or only its zombie. */
export function processStartTime(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
}

export function isAlive(process: ProcessIdentity): boolean {
  return processStartTime(process.pid) === process.startTime;
}

/** Sends a signal; false when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** The error of a file or process that has disappeared. */
export function isGone(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ESRCH', 'ENODEV');
}
