// Code that we did not write: ComputeSDK and its Modal provider as npm has them, untouched, on the local engine.

import { compute } from 'computesdk-published';
import { modal } from '@computesdk/modal-published';
import { startLocalModal } from '@computesdk/modal-local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let engine: Awaited<ReturnType<typeof startLocalModal>>;

beforeAll(async () => {
  engine = await startLocalModal();
  Object.assign(process.env, engine.env, { MODAL_LOGLEVEL: 'error' });
});
afterAll(() => engine.stop());

function credentials() {
  return { tokenId: engine.env['MODAL_TOKEN_ID'] ?? '', tokenSecret: engine.env['MODAL_TOKEN_SECRET'] ?? '' };
}

describe.each([
  ['by the V1 path', {}],
  ['by the V2 path', { scalableSandboxes: true }],
])('computesdk@4.1.4 with @computesdk/modal@1.9.4 %s', (_path, options) => {
  function sandboxes() {
    return compute({ provider: modal({ ...credentials(), ...options }) }).sandbox;
  }

  it('creates a sandbox, finds it by its id and destroys it', async () => {
    const sandbox = await sandboxes().create({ timeout: 60_000 });
    expect((await sandboxes().getById(sandbox.sandboxId))?.sandboxId).toBe(sandbox.sandboxId);
    expect(await sandbox.getInfo()).toMatchObject({ id: sandbox.sandboxId, status: 'running' });
    await sandbox.destroy();
  });

  it('runs commands, with their exit codes and environment', async () => {
    const sandbox = await sandboxes().create();
    try {
      expect(await sandbox.runCommand('node --version')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^v\d+/) });
      expect(await sandbox.runCommand('echo lost >&2; exit 5')).toMatchObject({ exitCode: 5, stderr: 'lost\n' });
      expect(await sandbox.runCommand('env | grep ^GREETING', { env: { GREETING: 'hello' } })).toMatchObject({ stdout: 'GREETING=hello\n' });
      expect(await sandbox.runCommand('pwd', { cwd: '/tmp' })).toMatchObject({ stdout: '/tmp\n' });
    } finally {
      await sandbox.destroy();
    }
  });

  it('gives the URL of a declared port', async () => {
    const sandbox = await sandboxes().create({ ports: [3000] });
    try {
      expect(await sandbox.getUrl({ port: 3000 })).toMatch(/^https:\/\//);
    } finally {
      await sandbox.destroy();
    }
  });
});

describe('computesdk@4.1.4 with @computesdk/modal@1.9.4', () => {
  it('writes, reads, lists and removes files', async () => {
    const { sandbox: sandboxes } = compute({ provider: modal(credentials()) });
    const sandbox = await sandboxes.create();
    try {
      await sandbox.filesystem.mkdir('/work');
      await sandbox.filesystem.writeFile('/work/a.txt', 'some text\n');
      expect(await sandbox.filesystem.readFile('/work/a.txt')).toBe('some text\n');
      expect(await sandbox.filesystem.exists('/work/a.txt')).toBe(true);
      expect((await sandbox.filesystem.readdir('/work')).map(({ name }) => name)).toContain('a.txt');
      await sandbox.filesystem.remove('/work/a.txt');
      expect(await sandbox.filesystem.exists('/work/a.txt')).toBe(false);
    } finally {
      await sandbox.destroy();
    }
  });

  it('takes a snapshot that a new sandbox starts from', async () => {
    const manager = compute({ provider: modal(credentials()) });
    const sandbox = await manager.sandbox.create();
    await sandbox.runCommand('echo kept > /kept.txt');
    const snapshot = await manager.snapshot.create(sandbox.sandboxId);
    await sandbox.destroy();
    const restored = await manager.sandbox.create({ snapshotId: snapshot.id, templateId: snapshot.id });
    try {
      expect(await restored.runCommand('cat /kept.txt')).toMatchObject({ stdout: 'kept\n' });
    } finally {
      await restored.destroy();
    }
  });
});
