// Builds the packages in the order of their dependencies, each for `import` and `require`.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import { repositoryRoot, workspaces } from './repository.mjs';

for (const workspace of workspaces) {
  const folder = path.join(repositoryRoot, workspace);
  removeOldBuild(path.join(folder, 'dist'));
  const { status } = spawnSync('npx', ['--no-install', 'tsup', '--silent'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

/** All but the agent, which cargo builds. */
function removeOldBuild(dist) {
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist)) {
    if (name !== 'agent') rmSync(path.join(dist, name), { recursive: true });
  }
}
