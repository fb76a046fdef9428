// Standard input of a process: what the caller gives, then its end.

import type { ContainerProcess } from 'modal';

import { fromModal } from '../errors/from-modal.js';
import { hasStatus, Status } from '../errors/grpc-error.js';

const chunkBytes = 1 << 20;
// Most commands read nothing and are over sooner: they are spared the call that tells them so.
const emptyInputDelayMs = 20;

/**
 * Writes `input` and closes. Without input, closes after a moment, so that a program that reads sees the end.
 * Resolves also when the process ended before it took all; rejects with a ComputeError when input could not be delivered.
 */
export async function feed(process: ContainerProcess<Uint8Array>, input: Uint8Array | undefined, ended: AbortSignal): Promise<void> {
  try {
    if (input === undefined && !(await outlives(emptyInputDelayMs, ended))) return;
    const writer = process.stdin.getWriter();
    for (let offset = 0; input !== undefined && offset < input.length; offset += chunkBytes) {
      await writer.write(input.subarray(offset, offset + chunkBytes));
    }
    await writer.close();
  } catch (error) {
    if (ended.aborted || hasStatus(error, Status.NOT_FOUND, Status.FAILED_PRECONDITION, Status.ABORTED)) return;
    throw fromModal(error);
  }
}

/** Whether `milliseconds` pass before the process has ended. */
function outlives(milliseconds: number, ended: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, true).unref();
    ended.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

export function toBytes(input: string | Uint8Array): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input;
}
