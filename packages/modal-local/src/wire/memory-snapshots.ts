// Memory snapshots: Modal's cloud freezes a sandbox with its processes; the kernels of this machine's containers cannot.

import { EngineError } from '../engine/errors.js';
import type { ControlHandlers, RouterHandlers } from './services.js';

const INSTEAD =
  "A memory snapshot needs Modal's own container kernel, which this machine does not have. " +
  'Keep the files with snapshotFilesystem() and start a sandbox from that image, or run the program on Modal';

const take = async (): Promise<never> => {
  throw new EngineError('UNIMPLEMENTED', INSTEAD);
};

/** No snapshot was ever taken here, so whatever the id is, it is from elsewhere. */
const find = async ({ snapshotId }: { snapshotId: string }): Promise<never> => {
  throw new EngineError('NOT_FOUND', `Sandbox snapshot '${snapshotId}' not found. ${INSTEAD}`);
};

export const memorySnapshotControlHandlers = {
  sandboxSnapshot: take,
  sandboxSnapshotWait: find,
  sandboxSnapshotGet: find,
  sandboxRestore: find,
  sandboxRestoreV2: find,
} satisfies ControlHandlers;

export const memorySnapshotRouterHandlers = { taskSnapshotMemory: take } satisfies RouterHandlers;
