// How a process ended, with one answer for "its time was up".

import type { ContainerProcess } from 'modal';

import { fromModal } from '../errors/from-modal.js';

/** By the convention of `timeout(1)`. */
export const timedOut = 124;
/** How a process ends that Modal kills. */
const killed = 137;

/** Waits for the end. `deadline` is on the clock of `performance.now()`; a process that it ended has exit code 124. */
export async function exitCodeOf(process: ContainerProcess, deadline: number): Promise<number> {
  const isPast = (): boolean => performance.now() >= deadline;
  try {
    const code = await process.wait();
    return code === killed && isPast() ? timedOut : code;
  } catch (error) {
    // At the limit the SDK stops waiting with an error of its own.
    if (isPast()) return timedOut;
    throw fromModal(error);
  }
}
