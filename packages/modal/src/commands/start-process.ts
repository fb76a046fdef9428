// Starts a program in a sandbox through the SDK's exec.

import { type ExecutionOptions, InvalidArgumentError, UnsupportedError } from 'computesdk';
import type { ContainerProcess, Sandbox } from 'modal';

import { fromModal } from '../errors/from-modal.js';
import { omitUndefined } from '../options/omit-undefined.js';
import { wholeSeconds } from '../options/units.js';

/** Where Modal's SDK refuses. */
const maxArguments = 65_536;

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
  const length = argv.reduce((sum, argument) => sum + argument.length, 0);
  if (length > maxArguments) {
    throw new InvalidArgumentError(`Modal takes at most ${maxArguments} characters of command and arguments, got ${length}`, {
      field: 'args',
      suggestion: 'Give what is long as `stdin`, or write it to a file of the sandbox first; runCode() takes code of any size.',
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
