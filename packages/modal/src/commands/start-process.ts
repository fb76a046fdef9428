// Starts a program in a sandbox through the SDK's exec.

import { type ExecutionOptions, UnsupportedError } from 'computesdk';
import type { ContainerProcess, Sandbox } from 'modal';

import { fromModal } from '../errors/from-modal.js';
import { omitUndefined } from '../options/omit-undefined.js';
import { wholeSeconds } from '../options/units.js';

/** `argv` runs without a shell; its output is bytes. Throws ComputeErrors. */
export async function startProcess(
  sandbox: Sandbox,
  argv: readonly string[],
  { cwd, env, timeout, user }: ExecutionOptions,
): Promise<ContainerProcess<Uint8Array>> {
  if (user !== undefined) {
    throw new UnsupportedError("Modal runs every command as the image's user", {
      suggestion: `Change the user in the command itself, for example with: su ${user} -c '…'`,
    });
  }
  try {
    return await sandbox.exec([...argv], {
      mode: 'binary',
      ...omitUndefined({ env, workdir: cwd, timeoutMs: timeout === undefined ? undefined : wholeSeconds(timeout) }),
    });
  } catch (error) {
    throw fromModal(error);
  }
}
