// Identity tokens of one state directory: the key in a file of its own, and beside it what verifies the tokens.

import { writeFileSync } from 'node:fs';

import { loadOrCreateKeyFile } from '../store/key-file.js';
import type { StatePaths } from '../store/state-directory.js';
import type { Apps } from './apps.js';
import { generateIdentityKey, IdentityTokens } from './identity-tokens.js';
import type { World } from './world.js';

export type IdentityTokenSource = (sandbox: { id: string; taskId: string; appId: string }, lifeMs: number) => string;

/** Nothing is written before the first token. */
export function identityTokenSource(paths: StatePaths, apps: Pick<Apps, 'get'>, world: World): IdentityTokenSource {
  const tokens = new IdentityTokens(world, () => loadOrCreateKeyFile(paths.identityKey, generateIdentityKey));
  let published = false;
  return ({ id: sandboxId, taskId, appId }, lifeMs) => {
    if (!published) writeFileSync(paths.identityKeySet, `${JSON.stringify(tokens.keySet(), null, 2)}\n`);
    published = true;
    const { name: appName, environmentId, environmentName } = apps.get(appId);
    return tokens.mint({ appId, appName, environmentId, environmentName, sandboxId, taskId }, lifeMs);
  };
}
