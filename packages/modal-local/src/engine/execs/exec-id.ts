// Ids of commands that the engine names itself, for SDKs that do not. They say which task they belong to, because older calls
// carry nothing else.

import { mintId } from '../mint-id.js';
import type { World } from '../world.js';

export function mintExecId(world: World, taskId: string): string {
  return `${taskId}/${mintId(world, 'ex')}`;
}

/** Empty for an id that this engine did not mint. */
export function taskOfExec(execId: string): string {
  const end = execId.indexOf('/');
  return end === -1 ? '' : execId.slice(0, end);
}
