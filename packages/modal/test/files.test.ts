import type { ModalSandbox } from '@computesdk/modal';
import { AlreadyExistsError, FileError, FileNotFoundError, InvalidArgumentError, SandboxNotFoundError } from 'computesdk';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';

import { onCloud, testModal } from './modal.js';

const modal = testModal();
let sandbox: ModalSandbox;
beforeEach(async () => {
  sandbox = await modal.sandbox();
});

const oddNames = ['my file.txt', '  two  spaces ', '-rf', "quote'\"s", '$HOME `id`', 'a\nb', 'ünï 日本', '*?[x]', 'a -> b', '.hidden', 'tab\there', '\\back'];

describe('content', () => {
  test.each(['', '\n', '\n  keep\n', 'no newline', 'a\r\nb', '$(touch /tmp/x) `id` "$HOME" \\n', '\uFEFFmark', '日本語 🚀', 'x'.repeat(300_000)])(
    'text comes back as it was written (%#)',
    async (text) => {
      await sandbox.filesystem.writeFile('/tmp/text', text);
      expect(await sandbox.filesystem.readFile('/tmp/text')).toBe(text);
    },
  );

  test('bytes come back as they were written', async () => {
    const bytes = new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a]), randomBytes(3_000_000)]));
    await sandbox.filesystem.writeFile('/tmp/bytes', bytes);
    expect(Buffer.compare(await sandbox.filesystem.readBytes('/tmp/bytes'), bytes)).toBe(0);
  });

  test('a second write replaces the first, also by something shorter', async () => {
    await sandbox.filesystem.writeFile('/tmp/twice', 'long content');
    await sandbox.filesystem.writeFile('/tmp/twice', 'short');
    expect(await sandbox.filesystem.readFile('/tmp/twice')).toBe('short');
  });

  test('parents are created', async () => {
    await sandbox.filesystem.writeFile('/app/deep/er/train.py', 'x');
    expect(await sandbox.filesystem.readFile('/app/deep/er/train.py')).toBe('x');
  });

  test('a relative path starts in the working directory', async () => {
    const other = await modal.sandbox({ workdir: '/srv' });
    await other.filesystem.writeFile('a/b.txt', 'x');
    expect(await other.filesystem.readFile('/srv/a/b.txt')).toBe('x');
  });
});

describe('names', () => {
  test.each(oddNames)('%j works in every operation', async (name) => {
    const { filesystem } = sandbox;
    const at = `/names/${name}`;
    await filesystem.mkdir(`${at}/dir`);
    await filesystem.writeFile(`${at}/${name}`, name);
    expect(await filesystem.readFile(`${at}/${name}`)).toBe(name);
    expect(await filesystem.exists(at)).toBe(true);
    const entries = await filesystem.readdir(at);
    expect(entries.map((entry) => entry.name).sort()).toEqual(['dir', name].sort());
    await filesystem.remove(at);
    expect(await filesystem.exists(at)).toBe(false);
  });
});

describe('entries', () => {
  test('have true types, sizes and dates, and neither . nor ..', async () => {
    const before = Date.now() - 2000;
    await sandbox.filesystem.writeFile('/list/file', 'four');
    await sandbox.filesystem.mkdir('/list/dir');
    const entries = await sandbox.filesystem.readdir('/list');
    expect(entries.map(({ name, path: at, type, isDirectory, size }) => ({ name, at, type, isDirectory, size }))).toEqual([
      { name: 'dir', at: '/list/dir', type: 'directory', isDirectory: true, size: 0 },
      { name: 'file', at: '/list/file', type: 'file', isDirectory: false, size: 4 },
    ]);
    for (const entry of entries) {
      expect(entry.lastModified.getTime()).toBeGreaterThan(before);
      expect(entry.modified).toEqual(entry.lastModified);
    }
  });

  test('an old date is that date', async () => {
    await sandbox.runCommand('touch -d 2001-02-03T04:05:06Z /tmp/old');
    expect((await sandbox.filesystem.stat('/tmp/old')).lastModified.toISOString()).toBe('2001-02-03T04:05:06.000Z');
  });

  test('a symbolic link has the type of its target', async () => {
    await sandbox.runCommand('mkdir -p /links/dir && touch /links/file && cd /links && ln -s dir to-dir && ln -s file to-file && ln -s gone nowhere');
    const types = (await sandbox.filesystem.readdir('/links')).map(({ name, type, symlinkTarget }) => [name, type, symlinkTarget]);
    expect(types).toEqual([
      ['dir', 'directory', undefined],
      ['file', 'file', undefined],
      ['nowhere', 'file', 'gone'],
      ['to-dir', 'directory', 'dir'],
      ['to-file', 'file', 'file'],
    ]);
    expect((await sandbox.filesystem.stat('/links/to-dir')).isDirectory).toBe(true);
  });

  test('hundreds of links are one more command', async () => {
    await sandbox.runCommand('mkdir -p /many && cd /many && for i in $(seq 400); do ln -s /tmp link$i; done');
    const entries = await sandbox.filesystem.readdir('/many');
    expect(entries).toHaveLength(400);
    expect(entries.every(({ isDirectory }) => isDirectory)).toBe(true);
  });
});

describe('what is missing is told apart from what failed', () => {
  test('missing', async () => {
    const { filesystem } = sandbox;
    await expect(filesystem.readFile('/nope')).rejects.toThrow(FileNotFoundError);
    await expect(filesystem.readdir('/nope')).rejects.toThrow(FileNotFoundError);
    await expect(filesystem.stat('/nope')).rejects.toMatchObject({ code: 'file_not_found', path: '/nope' });
    expect(await filesystem.exists('/nope/nor/this')).toBe(false);
    expect(await filesystem.exists('/etc/passwd/x')).toBe(false);
    await filesystem.remove('/app/temp_file.txt');
  });

  test('of another kind', async () => {
    const { filesystem } = sandbox;
    await expect(filesystem.readFile('/etc')).rejects.toMatchObject({ name: 'FileError', code: 'is_a_directory' });
    await expect(filesystem.readdir('/etc/passwd')).rejects.toThrow(FileError);
    await expect(filesystem.writeFile('/etc', 'x')).rejects.toThrow(FileError);
    await expect(filesystem.mkdir('/etc/passwd')).rejects.toThrow(AlreadyExistsError);
    await filesystem.mkdir('/etc');
  });

  test('a sandbox that is gone is not "missing"', async () => {
    await sandbox.destroy();
    await expect(sandbox.filesystem.exists('/tmp')).rejects.toThrow(SandboxNotFoundError);
    await expect(sandbox.filesystem.remove('/tmp/x')).rejects.toThrow(SandboxNotFoundError);
  });

  test('a path that no file can have', async () => {
    await expect(sandbox.filesystem.readFile('')).rejects.toThrow(InvalidArgumentError);
    await expect(sandbox.filesystem.readFile('/a\0b')).rejects.toThrow(InvalidArgumentError);
  });
});

test('content that is none is refused in words', async () => {
  await expect(sandbox.filesystem.writeFile('/c', { a: 1 } as never)).rejects.toMatchObject({
    code: 'invalid_argument',
    message: 'content must be a string or a Uint8Array, got an object',
  });
});

test('remove takes a whole directory, and only the link of a link', async () => {
  await sandbox.filesystem.writeFile('/tree/a/b/c', 'x');
  await sandbox.runCommand('ln -s /tree /tmp/link');
  await sandbox.filesystem.remove('/tmp/link');
  expect(await sandbox.filesystem.exists('/tree/a/b/c')).toBe(true);
  await sandbox.filesystem.remove('/tree');
  expect(await sandbox.filesystem.exists('/tree')).toBe(false);
});

test('copy and move keep content and make parents', async () => {
  const { filesystem } = sandbox;
  await filesystem.writeFile('/from/-x/file', 'content');
  await filesystem.copy('/from', '/copies/of/it');
  expect(await filesystem.readFile('/copies/of/it/-x/file')).toBe('content');
  await filesystem.move('/from/-x/file', '/moved/file');
  expect(await filesystem.readFile('/moved/file')).toBe('content');
  expect(await filesystem.exists('/from/-x/file')).toBe(false);
  await expect(filesystem.copy('/nope', '/x')).rejects.toThrow(FileNotFoundError);
});

test('files go up from this machine and come down to it', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'computesdk-'));
  try {
    await writeFile(path.join(directory, 'up'), randomBytes(100_000));
    await sandbox.filesystem.upload(path.join(directory, 'up'), '/data/up');
    await sandbox.filesystem.download('/data/up', path.join(directory, 'down'));
    expect(await readFile(path.join(directory, 'down'))).toEqual(await readFile(path.join(directory, 'up')));
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a missing file is told as one, here and there', async () => {
  const { filesystem } = sandbox;
  await expect(filesystem.upload('/nope/here', '/x')).rejects.toMatchObject({ code: 'file_not_found', path: '/nope/here' });
  await expect(filesystem.download('/nope/there', '/tmp/x')).rejects.toMatchObject({ code: 'file_not_found', path: '/nope/there' });
  await expect(filesystem.watch('/nope')[Symbol.asyncIterator]().next()).rejects.toThrow(FileNotFoundError);
});

test('a copy that cannot be is no defect', async () => {
  const { filesystem } = sandbox;
  await filesystem.writeFile('/file', 'x');
  await filesystem.mkdir('/directory');
  await expect(filesystem.copy('/directory', '/file')).rejects.toMatchObject({ code: 'failed_precondition' });
});

test('watch yields changes', async () => {
  await sandbox.filesystem.mkdir('/watched');
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { paths } of sandbox.filesystem.watch('/watched', { timeout: 20_000 })) {
      seen.push(...paths);
      if (seen.includes('/watched/new')) return;
    }
  })();
  const writes: Promise<void>[] = [];
  const writing = setInterval(() => writes.push(sandbox.filesystem.writeFile('/watched/new', 'x')), 500);
  await watching.finally(() => clearInterval(writing));
  await Promise.all(writes);
  expect(seen).toContain('/watched/new');
});

test.skipIf(onCloud)('watch shows writes of files that are there already, and nothing of how they are done', async () => {
  const { filesystem } = sandbox;
  await filesystem.writeFile('/watched/file', 'first');
  const [ofFolder, ofFile] = [filesystem.watch('/watched', { timeout: 20_000 }), filesystem.watch('/watched/file', { timeout: 20_000 })];
  const paths = new Set<string>();
  const collect = async (events: AsyncIterable<{ paths: string[] }>, count: number): Promise<void> => {
    for await (const event of events) {
      for (const path of event.paths) paths.add(path);
      if (--count === 0) return;
    }
  };
  const watching = Promise.all([collect(ofFolder, 3), collect(ofFile, 3)]);
  const writes: Promise<void>[] = [];
  const writing = setInterval(() => writes.push(filesystem.writeFile('/watched/file', 'next')), 500);
  await watching.finally(() => clearInterval(writing));
  await Promise.all(writes);
  expect([...paths]).toEqual(['/watched/file']);
});

test('an AbortSignal ends a file call', async () => {
  await expect(sandbox.filesystem.readFile('/etc/hostname', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
});
