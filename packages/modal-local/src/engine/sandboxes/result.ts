// How a sandbox ended. Status names are Modal's.

import type { ProcessExit } from '../../runtime/agent/connection.js';

const STATUSES = ['success', 'failure', 'terminated', 'timeout', 'init-failure', 'internal-failure', 'idle-timeout'] as const;

export type SandboxStatus = (typeof STATUSES)[number];

export interface SandboxResult {
  status: SandboxStatus;
  /** The SDK reports 124 for `timeout` and 137 for `terminated`, whatever stands here. */
  exitCode: number;
  /** A sentence for the user; empty when there is nothing to say. */
  exception: string;
}

export const TERMINATED: SandboxResult = { status: 'terminated', exitCode: 137, exception: '' };
export const PREEMPTED: SandboxResult = { status: 'terminated', exitCode: 137, exception: 'The sandbox was preempted: the scheduler needed its machine' };
export const TIMED_OUT: SandboxResult = { status: 'timeout', exitCode: 124, exception: '' };
export const IDLED_OUT: SandboxResult = { status: 'idle-timeout', exitCode: 137, exception: '' };

export const LOST_WITH_ENGINE: SandboxResult = {
  status: 'terminated',
  exitCode: 137,
  exception: 'The engine ended while the sandbox was running',
};

/** A status as it was stored; one that a later version stored is a failure that this one cannot name. */
export function toStatus(text: string): SandboxStatus {
  return STATUSES.find((status) => status === text) ?? 'internal-failure';
}

/** As a shell counts: 128 and the number of the signal. */
export function exitCodeOf(exit: ProcessExit): number {
  return exit.kind === 'exited' ? exit.code : 128 + exit.signal;
}

export function entrypointResult(exit: ProcessExit, oomKilled: boolean): SandboxResult {
  const exitCode = exitCodeOf(exit);
  if (exitCode === 0) return { status: 'success', exitCode, exception: '' };
  const exception = oomKilled ? 'The sandbox ran out of memory; ask for more with a larger memory limit' : '';
  return { status: 'failure', exitCode, exception };
}

/** The agent has gone without our doing. */
export function lostResult(oomKilled: boolean): SandboxResult {
  return oomKilled
    ? { status: 'failure', exitCode: 137, exception: 'The sandbox ran out of memory; ask for more with a larger memory limit' }
    : { status: 'internal-failure', exitCode: 137, exception: 'The sandbox ended unexpectedly' };
}
