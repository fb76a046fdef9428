import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

// The first run on a machine makes a root with numpy from Debian's packages.
it('every code block of the seed document runs', { timeout: 600_000 }, async () => {
  const blocks = (await readdir(path.join(root, 'examples/seed'))).filter((name) => name.endsWith('.ts')).sort();
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/run.mjs'], { cwd: root });
  const lines = stdout.split('\n').filter((line) => /^(ok|FAILED)/.test(line));
  expect(lines.map((line) => line.replace(/ +\d+ ms$/, '').trim())).toEqual(blocks.map((name) => `ok     ${name}`));
});
