import { execFile } from 'node:child_process';
import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

// The first run on a machine makes a root with numpy from Debian's packages.
it('every code block of the seed document runs, and leaves their folder as it is', { timeout: 600_000 }, async () => {
  const written: (string | null)[] = [];
  const watcher = watch(path.join(root, 'examples/seed'), (_event, name) => written.push(name));
  const blocks = (await readdir(path.join(root, 'examples/seed'))).filter((name) => name.endsWith('.ts')).sort();
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/run.mjs'], { cwd: root }).finally(() => watcher.close());
  const lines = stdout.split('\n').filter((line) => /^(ok|FAILED)/.test(line));
  expect(lines.map((line) => line.replace(/ +\d+ ms$/, '').trim())).toEqual(blocks.map((name) => `ok     ${name}`));
  expect(written).toEqual([]);
});
