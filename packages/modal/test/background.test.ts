import { FailedPreconditionError, TimeoutError } from 'computesdk';
import { expect, test } from 'vitest';

import { eventually, testModal } from './modal.js';

const modal = testModal();

test('runCommand returns at once with the true process id', async () => {
  const sandbox = await modal.sandbox();
  const result = await sandbox.runCommand('sleep', ['6161'], { background: true });
  expect(result).toMatchObject({ exitCode: 0, isBackground: true, stdout: '' });
  expect(result.durationMs).toBeLessThan(10_000);
  const { stdout } = await sandbox.runCommand('cat', [`/proc/${result.pid}/cmdline`]);
  expect(stdout).toBe('sleep\u00006161\u0000');
});

test('cwd, env and a compound line all hold', async () => {
  const sandbox = await modal.sandbox();
  const line = 'sleep 0.3 && for x in "$A"; do echo "$x in $(pwd)" > out.txt; done';
  const result = await sandbox.runCommand(line, { background: true, cwd: '/tmp', env: { A: 'b c' } });
  expect(result.pid).toBeGreaterThan(1);
  await eventually(() => sandbox.filesystem.exists('/tmp/out.txt'), 'the file');
  await eventually(async () => (await sandbox.filesystem.readFile('/tmp/out.txt')) === 'b c in /tmp\n', 'its content');
});

test('a cwd that is missing is no defect, and starts nothing', async () => {
  const sandbox = await modal.sandbox();
  await expect(sandbox.runCommand('touch /tmp/ran', { background: true, cwd: '/missing' })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('/missing') as unknown,
  });
  expect(await sandbox.filesystem.exists('/tmp/ran')).toBe(false);
});

test('arguments mean nothing to a shell', async () => {
  const sandbox = await modal.sandbox();
  const process = await sandbox.startCommand('printf', ['%s\\n', '; touch /tmp/injected', '$(touch /tmp/injected)']);
  expect(await process.wait()).toBe(0);
  expect(await process.readLog()).toBe('; touch /tmp/injected\n$(touch /tmp/injected)\n');
  expect(await sandbox.filesystem.exists('/tmp/injected')).toBe(false);
});

test('streaming callbacks do not go with it', async () => {
  const sandbox = await modal.sandbox();
  await expect(sandbox.runCommand('true', { background: true, onStdout: () => {} })).rejects.toThrow(
    'runCommand with streaming callbacks does not support background mode.',
  );
});

test('the handle tells the log, the exit code and when a line shows', async () => {
  const sandbox = await modal.sandbox();
  const process = await sandbox.startCommand('echo booting; sleep 0.3; echo "listening on port 80" >&2; sleep 0.1; exit 3');
  expect(await process.waitForLog(/port (\d+)/)).toBe('port 80');
  expect(await process.wait()).toBe(3);
  expect(await process.readLog()).toBe('booting\nlistening on port 80\n');
  expect(await sandbox.filesystem.readFile(process.logPath)).toBe('booting\nlistening on port 80\n');
});

test('waiting for a line that never comes ends with the command, or with the time', async () => {
  const sandbox = await modal.sandbox();
  const short = await sandbox.startCommand('echo only this');
  await expect(short.waitForLog('that')).rejects.toThrow(FailedPreconditionError);
  const long = await sandbox.startCommand('sleep', ['60']);
  await expect(long.waitForLog('that', { timeout: 500 })).rejects.toThrow(TimeoutError);
});

test('kill reaches all that the command started', async () => {
  const sandbox = await modal.sandbox();
  const process = await sandbox.startCommand('sleep 7171 & sleep 7171; wait');
  await eventually(async () => (await sandbox.runCommand('cat /proc/[0-9]*/cmdline')).stdout.includes('7171'), 'the sleeps');
  await process.kill('KILL');
  expect(await process.wait()).toBe(137);
  await eventually(async () => !(await sandbox.runCommand('cat /proc/[0-9]*/cmdline')).stdout.includes('7171'), 'their end');
});

test('a time limit ends the command later, with 124', async () => {
  const sandbox = await modal.sandbox();
  const process = await sandbox.startCommand('echo started; sleep 60', { timeout: 1000 });
  expect(await process.wait()).toBe(124);
  expect(await process.readLog()).toBe('started\n');
});

test('a background server outlives the call, and waitForPort sees it', async () => {
  const sandbox = await modal.sandbox();
  await expect(sandbox.waitForPort(8123, { timeout: 300 })).rejects.toThrow(TimeoutError);
  await sandbox.startCommand('python3', ['-m', 'http.server', '8123', '--bind', '127.0.0.1']);
  await sandbox.waitForPort(8123);
  const code = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8123/').status)";
  expect((await sandbox.runCode(code)).stdout).toBe('200\n');
});
