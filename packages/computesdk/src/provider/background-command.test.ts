import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBackgroundCommand } from './background-command.js';

test('in the foreground the command stays as it is', () => {
  expect(createBackgroundCommand('ls', ['-l'])).toEqual({ command: 'ls', args: ['-l'], isBackground: false });
});

test('in the background no argument means anything to the shell, and the process id is printed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'background-'));
  const words = ['two words', "it's", '$(touch injected)', '; touch injected', '"quoted"', ''];
  const script = 'printf "%s\\n" "$@" > partial && mv partial words';
  const { command, args, isBackground } = createBackgroundCommand('sh', ['-c', script, 'sh', ...words], { background: true });
  const { stdout } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
  expect(isBackground).toBe(true);
  expect(stdout).toMatch(/^\d+\n$/);
  await expect.poll(() => existsSync(join(directory, 'words'))).toBe(true);
  expect(readFileSync(join(directory, 'words'), 'utf8')).toBe(words.map((word) => `${word}\n`).join(''));
  expect(existsSync(join(directory, 'injected'))).toBe(false);
  rmSync(directory, { recursive: true });
});
