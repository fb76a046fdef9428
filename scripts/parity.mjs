// Writes docs/parity.md: what the engine does of each call and each field of Modal's API, and the test that shows it.

import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { build } from 'esbuild';

import { repositoryRoot } from './repository.mjs';

const { outputFiles } = await build({
  entryPoints: [path.join(repositoryRoot, 'packages/modal-local/src/wire/support/parity.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const { parityPage } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
writeFileSync(path.join(repositoryRoot, 'docs/parity.md'), parityPage());
