import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
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

it.each(['demo', 'test'])('the %s of a user who is not root says without sudo what to do', async (name) => {
  const { stderr } = await asNobody(name, '').catch((error: { stderr: string }) => error);
  expect(stderr).toMatch(new RegExp(`^${name}: the engine needs root .*: run \`npm .*${name}\` as root\n$`));
});

it('the demo of a user who is not root goes on through sudo', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modal-local-sudo-'));
  await writeFile(path.join(folder, 'sudo'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  const { stdout } = await asNobody('demo', folder).finally(() => rm(folder, { recursive: true }));
  expect(stdout).toBe(`env PATH=${folder} ${process.execPath} ${path.join(root, 'scripts/demo.mjs')}\n`);
});

/** In a user namespace without a map: nobody's id, and root's files can be read. */
async function asNobody(script: string, PATH: string): Promise<{ stdout: string; stderr: string }> {
  return await promisify(execFile)('/usr/bin/unshare', ['--user', process.execPath, path.join(root, `scripts/${script}.mjs`)], { env: { PATH } });
}

/** What the SDK logs about this machine's registry and image comes from elsewhere than the demo. */
function withoutChance(text: string): string[] {
  const lines = text.trim().split('\n').filter((line) => !line.startsWith('['));
  return lines.map((line) => line.replace(/modal-[a-z0-9]+$/, 'modal-ID').replace(/\d[\d.,]*/g, 'N').replace(/ +/g, ' '));
}
