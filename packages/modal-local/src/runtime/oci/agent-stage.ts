// The agent's binary, as containers get to see it: on a small file system of its own, because a bind mount shows in
// /proc/self/mountinfo where on the host its source lies.

import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from '../host/command.js';

const FILE_NAME = 'agent';

/** Returns the path to bind into containers. The mount ends with the engine's mount namespace. */
export async function stageAgent(agentPath: string, runDirectory: string): Promise<string> {
  const directory = join(runDirectory, 'agent');
  await mkdir(directory, { recursive: true });
  await runChecked(['mount', '-n', '-t', 'tmpfs', '-o', 'size=32m,mode=755,nosuid,nodev', 'agent', directory]);
  try {
    const staged = join(directory, FILE_NAME);
    await copyFile(agentPath, staged);
    await chmod(staged, 0o755);
    await runChecked(['mount', '-n', '-o', 'remount,ro', directory]);
    return staged;
  } catch (error) {
    await runChecked(['umount', '-n', directory]);
    throw error;
  }
}
