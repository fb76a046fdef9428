import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

it('docs/seed.md has a proof for every claim of the seed document, and is up to date', async () => {
  const script = path.resolve(import.meta.dirname, '../scripts/seed-table.mjs');
  await expect(promisify(execFile)(process.execPath, [script, '--check'])).resolves.toBeDefined();
});
