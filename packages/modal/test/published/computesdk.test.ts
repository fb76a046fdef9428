// A client written against the published computesdk@4.1.4 alone: our provider is all that it gets from here.

import { compute } from 'computesdk-published';
import { afterAll, describe, expect, test } from 'vitest';

import { testModal } from '../modal.js';

const modal = testModal();
const made: string[] = [];
afterAll(async () => {
  await Promise.all(made.map((id) => modal.provider.sandbox.destroy(id)));
});

describe('compute.setConfig({ provider })', () => {
  test('creates, runs, streams, reads and writes files, and destroys', async () => {
    compute.setConfig({ provider: modal.provider });
    const sandbox = await compute.sandbox.create({ timeout: 60_000, envs: { A: 'x y' }, metadata: { user: 'ada' } });
    made.push(sandbox.sandboxId);
    expect(sandbox.provider).toBe('modal');

    let live = '';
    const result = await sandbox.runCommand('echo "$A" && echo two >&2; exit 3', {
      cwd: '/tmp',
      env: { B: '1' },
      onStdout: (data) => (live += data),
    });
    expect(result).toMatchObject({ stdout: 'x y\n', stderr: 'two\n', exitCode: 3, durationMs: expect.any(Number) as number });
    expect(live).toBe('x y\n');

    await sandbox.filesystem.writeFile('/a/b.txt', '\n  text\n');
    expect(await sandbox.filesystem.readFile('/a/b.txt')).toBe('\n  text\n');
    expect(await sandbox.filesystem.readdir('/a')).toMatchObject([{ name: 'b.txt', type: 'file', size: 8, modified: expect.any(Date) as Date }]);
    expect(await sandbox.filesystem.exists('/a/c')).toBe(false);

    const info = await sandbox.getInfo();
    expect(info).toMatchObject({ id: sandbox.sandboxId, status: 'running', timeout: 60_000, metadata: { user: 'ada' } });

    expect(await compute.sandbox.getById(sandbox.sandboxId)).not.toBeNull();
    expect((await compute.sandbox.list()).map(({ sandboxId }) => sandboxId)).toContain(sandbox.sandboxId);
    await compute.sandbox.destroy(sandbox.sandboxId);
    expect(await compute.sandbox.getById(sandbox.sandboxId)).toBeNull();
  });

  test('a background command has its process id; with callbacks it is refused in the published words', async () => {
    compute.setConfig({ provider: modal.provider });
    const sandbox = await compute.sandbox.create();
    made.push(sandbox.sandboxId);
    expect(await sandbox.runCommand('sleep 100', { background: true })).toMatchObject({ exitCode: 0 });
    await expect(sandbox.runCommand('true', { background: true, onStdout: () => {} })).rejects.toThrow(
      'runCommand with streaming callbacks does not support background mode.',
    );
    expect(await sandbox.runCommand('sleep 9', { timeout: 300 })).toMatchObject({ exitCode: 124 });
  });
});

describe('compute({ provider })', () => {
  test('lets an abort through as an AbortError', async () => {
    const separate = compute({ provider: modal.provider });
    await expect(separate.sandbox.create({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('falls back to the next provider, and keeps the message of the one that failed', async () => {
    const broken = modal.another({ tokenId: 'ak-wrong', tokenSecret: 'as-wrong' });
    const routed = compute({ providers: [{ ...broken, name: 'broken' }, modal.provider], providerStrategy: 'priority' });
    const sandbox = await routed.sandbox.create();
    made.push(sandbox.sandboxId);
    expect(sandbox.provider).toBe('modal');
    const alone = compute({ provider: broken });
    await expect(alone.sandbox.create()).rejects.toThrow(/authentication failed/);
    const strict = compute({ provider: broken, fallbackOnError: false });
    await expect(strict.sandbox.create()).rejects.toMatchObject({ code: 'authentication_failed' });
  });

  test('an option that Modal does not have is refused, not dropped', async () => {
    const separate = compute({ provider: modal.provider });
    await expect(separate.sandbox.create({ diskMiB: 1024 })).rejects.toThrow(/Unknown option 'diskMiB'/);
  });
});
