// Where the repository is and what it holds, for scripts that may be started from anywhere in it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

/** Folders of the packages, in the order of their dependencies. */
export const { workspaces } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
