// Ends a sandbox: "it is gone" is success, anything else is not.

import type { Workspace } from '../client/workspace.js';
import { hasStatus, Status } from '../errors/grpc-error.js';

/** Resolves when the sandbox ends or is not there. Throws whatever leaves it running. */
export async function terminate(workspace: Workspace, sandboxId: string, signal?: AbortSignal): Promise<void> {
  await workspace.call(signal, async (client) => {
    const sandbox = await client.sandboxes.fromId(sandboxId);
    try {
      await sandbox.terminate();
    } catch (error) {
      if (!saysMissing(error)) throw error;
    }
  });
  workspace.noteEnd(sandboxId);
}

/** Whether `error` answers a call about one sandbox id with "there is none": unknown, or no id at all. */
export function saysMissing(error: unknown): boolean {
  return hasStatus(error, Status.NOT_FOUND, Status.INVALID_ARGUMENT);
}
