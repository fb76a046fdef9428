// Fails when a package does not import, require and type-check cleanly from outside: publint and attw on what npm would publish.

import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { repositoryRoot, workspaces } from './repository.mjs';

let failed = false;
for (const workspace of workspaces) {
  const cwd = path.join(repositoryRoot, workspace);
  for (const [program, ...args] of [
    ['publint', '--strict'],
    ['attw', '--pack', '.', '--profile', 'node16', '--format', 'ascii'],
  ]) {
    console.log(`${workspace}: ${program}`);
    failed = spawnSync('npx', ['--no-install', program, ...args], { cwd, stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0 || failed;
  }
}
process.exitCode = failed ? 1 : 0;
