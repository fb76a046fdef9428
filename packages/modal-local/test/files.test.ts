// Files through Modal's own SDK: each call is a run of the file tools inside the sandbox.

import { createHash } from 'node:crypto';

import { SandboxFilesystemError } from 'modal';
import { describe, expect, it } from 'vitest';

import { testEngine } from './engine.js';

const engine = testEngine();

describe('the file system of a sandbox', () => {
  it('takes and gives text and bytes', async () => {
    const { filesystem } = await engine.sandbox();
    await filesystem.writeText('grüße\n', '/data/deep/text');
    expect(await filesystem.readText('/data/deep/text')).toBe('grüße\n');
    const bytes = new Uint8Array(3_000_000).map((_, index) => (index * 31) % 251);
    await filesystem.writeBytes(bytes, '/data/bytes');
    expect(digest(await filesystem.readBytes('/data/bytes'))).toBe(digest(bytes));
    await filesystem.writeText('', '/data/empty');
    expect(await filesystem.readText('/data/empty')).toBe('');
  });

  it('lists, describes, makes and removes', async () => {
    const { filesystem } = await engine.sandbox();
    await filesystem.makeDirectory('/data/b');
    await filesystem.writeText('12345', '/data/a');
    const entries = await filesystem.listFiles('/data');
    expect(entries.map(({ name, type, size }) => [name, type, name === 'a' ? size : 0])).toEqual([['a', 'file', 5], ['b', 'directory', 0]]);
    expect(await filesystem.stat('/data/a')).toMatchObject({ path: '/data/a', permissions: '0644', owner: 'root', symlinkTarget: null });
    await filesystem.remove('/data', { recursive: true });
    await expect(filesystem.listFiles('/data')).rejects.toThrow('path does not exist: /data');
  });

  it('answers failures with the classes of the SDK', async () => {
    const { filesystem } = await engine.sandbox();
    await filesystem.writeText('', '/data/file');
    const failure = async (call: Promise<unknown>): Promise<string> => await call.then(() => 'none', (error: unknown) => (error instanceof Error ? error.constructor.name : 'other'));
    expect(await failure(filesystem.readText('/missing'))).toBe('SandboxFilesystemNotFoundError');
    expect(await failure(filesystem.readText('/data'))).toBe('SandboxFilesystemIsADirectoryError');
    expect(await failure(filesystem.listFiles('/data/file'))).toBe('SandboxFilesystemNotADirectoryError');
    expect(await failure(filesystem.writeText('', '/data/file/x'))).toBe('SandboxFilesystemNotADirectoryError');
    expect(await failure(filesystem.remove('/data'))).toBe('SandboxFilesystemDirectoryNotEmptyError');
    expect(await failure(filesystem.makeDirectory('/data', { createParents: false }))).toBe('SandboxFilesystemPathAlreadyExistsError');
    await expect(filesystem.readBytes('/dev/zero')).rejects.toThrow(SandboxFilesystemError);
  });

  it('watches a directory until the reader has seen enough', async () => {
    const sandbox = await engine.sandbox();
    await sandbox.filesystem.makeDirectory('/data');
    await sandbox.exec(['sh', '-c', 'while :; do touch /data/new; rm /data/new; sleep 0.05; done']);
    const seen = new Set<string>();
    for await (const { eventType, paths } of sandbox.filesystem.watch('/data', { filter: ['Create', 'Remove'] })) {
      expect(paths).toEqual(['/data/new']);
      seen.add(eventType);
      if (seen.size === 2) break;
    }
    expect([...seen].sort()).toEqual(['Create', 'Remove']);
    for await (const event of sandbox.filesystem.watch('/data', { filter: [], timeoutMs: 1_000 })) expect(event).toBeUndefined();
  });

  it('watches a file that is written come under its own name, and nothing beside it', async () => {
    const { filesystem } = await engine.sandbox();
    await filesystem.makeDirectory('/data');
    const reader = new AbortController();
    const writing = (async () => {
      for (let name = 0; !reader.signal.aborted; name += 1) await filesystem.writeText('content', `/data/${name}`);
    })();
    try {
      let created = 0;
      for await (const { eventType, paths } of filesystem.watch('/data')) {
        expect(paths.join()).toMatch(/^\/data\/\d+$/);
        if (eventType === 'Create' && ++created === 2) break;
      }
      expect(created).toBe(2);
    } finally {
      reader.abort();
      await writing;
    }
  });
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
