// Sandboxes through Modal's own SDK.

import type { Sandbox } from 'modal';
import { describe, expect, it } from 'vitest';

import { clientOf, eventually, run, testEngine } from './engine.js';

const engine = testEngine();

describe('a sandbox', () => {
  it('runs commands until it is terminated', async () => {
    const sandbox = await engine.sandbox();
    expect(await run(sandbox, 'echo', 'hello')).toEqual({ stdout: 'hello\n', stderr: '', code: 0 });
    expect(await sandbox.poll()).toBeNull();
    expect(await sandbox.terminate({ wait: true })).toBe(137);
    expect(await sandbox.poll()).toBe(137);
    await expect(sandbox.exec(['true'])).rejects.toThrow();
  });

  it('ends with its command, and its output stays readable', async () => {
    const sandbox = await engine.sandbox({ command: ['sh', '-c', 'echo out; echo err >&2; exit 7'] });
    expect(await sandbox.wait()).toBe(7);
    expect(await sandbox.stdout.readText()).toBe('out\n');
    expect(await sandbox.stderr.readText()).toBe('err\n');
  });

  it('reads its stdin', async () => {
    const sandbox = await engine.sandbox({ command: ['sh', '-c', 'read a; read b; echo $b $a'] });
    await sandbox.stdin.writeText('one\n');
    await sandbox.stdin.writeText('two\n');
    expect(await sandbox.wait()).toBe(0);
    expect(await sandbox.stdout.readText()).toBe('two one\n');
  });

  it('ends at its timeout with 124', async () => {
    const sandbox = await engine.sandbox({ timeoutMs: 1_000 });
    expect(await sandbox.wait()).toBe(124);
  });

  it('ends when idle, and not while a command runs', async () => {
    const sandbox = await engine.sandbox({ idleTimeoutMs: 1_000 });
    const process = await sandbox.exec(['sleep', '1.5']);
    expect(await process.wait()).toBe(0);
    expect(await sandbox.wait()).toBe(137);
  });

  it('sees its variables and its working directory', async () => {
    const secret = await engine.client.secrets.fromObject({ WHO: 'secret', WHAT: 'secret' });
    const sandbox = await engine.sandbox({ env: { WHO: 'env' }, secrets: [secret], workdir: '/tmp' });
    const { stdout } = await run(sandbox, 'sh', '-c', 'echo $WHO $WHAT $PWD');
    expect(stdout).toBe('env secret /tmp\n');
  });

  it('is found by name until it is terminated, and the name is free at once', async () => {
    const sandbox = await engine.sandbox({ name: 'by-name' });
    const found = await engine.client.sandboxes.fromName('tests', 'by-name');
    expect(found.sandboxId).toBe(sandbox.sandboxId);
    await expect(engine.sandbox({ name: 'by-name' })).rejects.toThrow('already exists');
    await sandbox.terminate();
    await expect(engine.client.sandboxes.fromName('tests', 'by-name')).rejects.toThrow("Sandbox with name 'by-name' not found in App 'tests'");
    const successor = await engine.sandbox({ name: 'by-name' });
    expect((await engine.client.sandboxes.fromName('tests', 'by-name')).sandboxId).toBe(successor.sandboxId);
  });

  it('is listed with its tags, newest first', async () => {
    const first = await engine.sandbox({ tags: { team: 'a' } });
    const second = await engine.sandbox({ tags: { team: 'a' } });
    const listed = async (tags: Record<string, string>) => {
      const ids: string[] = [];
      for await (const { sandboxId } of engine.client.sandboxes.list({ appId: engine.app.appId, tags })) ids.push(sandboxId);
      return ids;
    };
    expect(await listed({ team: 'a' })).toEqual([second.sandboxId, first.sandboxId]);
    await first.setTags({ team: 'b' });
    expect(await first.getTags()).toEqual({ team: 'b' });
    expect(await listed({ team: 'a' })).toEqual([second.sandboxId]);
  });

  it('is reached again by its id', async () => {
    const sandbox = await engine.sandbox();
    const again: Sandbox = await engine.client.sandboxes.fromId(sandbox.sandboxId);
    expect((await run(again, 'echo', 'again')).stdout).toBe('again\n');
  });

  it('tells what cannot be honoured, by name', async () => {
    await expect(engine.sandbox({ gpu: 'T4' })).rejects.toThrow(/INVALID_ARGUMENT.*gpu/);
    await expect(engine.sandbox({ cpu: 4096 })).rejects.toThrow('4096 cores were asked for');
  });

  it('has nothing of the host in view', async () => {
    const sandbox = await engine.sandbox();
    const { stdout } = await run(sandbox, 'sh', '-c', 'id -u; ls -A /root | grep -v "^\\." ; ls /proc | grep -c "^[0-9]"; hostname');
    const [uid, processes, hostname] = stdout.trim().split('\n');
    expect(uid).toBe('0');
    expect(Number(processes)).toBeLessThan(10);
    expect(hostname).toMatch(/^modal-/);
  });
});

describe('the server', () => {
  it('refuses another token', async () => {
    const stranger = clientOf(engine.local, { tokenSecret: 'as-wrong' });
    await expect(stranger.apps.fromName('tests')).rejects.toThrow('UNAUTHENTICATED');
    stranger.close();
  });

  it("does not take one sandbox's token for another", async () => {
    const [one, other] = await Promise.all([engine.sandbox(), engine.sandbox()]);
    expect((await run(one, 'true')).code).toBe(0);
    expect((await run(other, 'true')).code).toBe(0);
    expect(one.sandboxId).not.toBe(other.sandboxId);
  });

  it('forgets everything that was named on reset', async () => {
    const sandbox = await engine.sandbox({ name: 'before' });
    await engine.client.queues.fromName('before', { createIfMissing: true });
    await engine.local.reset();
    await eventually(async () => (await sandbox.poll().catch(() => 0)) !== null, 'the sandbox to be gone');
    await expect(engine.client.queues.fromName('before')).rejects.toThrow('not found');
  });
});
