import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

it('the README shows what the demo prints, but for times, versions and ids', async () => {
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  const shown = /```text\n(start the engine[^]*?)\n```/.exec(readme)?.[1] ?? '';
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/demo.mjs'], { cwd: root });
  expect(withoutChance(stdout)).toEqual(withoutChance(shown));
});

/** What the SDK logs about this machine's registry and image comes from elsewhere than the demo. */
function withoutChance(text: string): string[] {
  const lines = text.trim().split('\n').filter((line) => !line.startsWith('['));
  return lines.map((line) => line.replace(/modal-[a-z0-9]+$/, 'modal-ID').replace(/\d[\d.,]*/g, 'N').replace(/ +/g, ' '));
}
