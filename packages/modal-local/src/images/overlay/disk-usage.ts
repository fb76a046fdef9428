// How much a sandbox has written: blocks on disk, hard links counted once.

import { runCommand } from '../../runtime/host/command.js';

/** Bytes. Files that vanish meanwhile are no error. */
export async function diskUsage(directory: string): Promise<number> {
  const { stdout, stderr } = await runCommand(['du', '--summarize', '--block-size=1', '--one-file-system', directory]);
  const bytes = Number.parseInt(stdout, 10);
  if (!Number.isSafeInteger(bytes)) throw new Error(`cannot measure ${directory}: ${stderr.trim()}`);
  return bytes;
}
