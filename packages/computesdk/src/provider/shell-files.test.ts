import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shellFiles } from './shell-files.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shell-files-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const files = shellFiles(async (command, args) => {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return { stdout, stderr, exitCode: status ?? 1 };
});

test('bytes survive in both directions, at any size', async () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
  await files.writeFile(join(root, 'new/deep/bytes'), bytes);
  expect(readFileSync(join(root, 'new/deep/bytes')).equals(bytes)).toBe(true);
  expect(await files.readBytes('new/deep/bytes')).toEqual(bytes);
});

test('text is exact: white space, quotes, $(…), a byte order mark', async () => {
  const text = '\uFEFF\n  keep "$(touch injected)" `touch injected` $HOME \\n\n\n';
  await files.writeFile('note', text);
  expect(await files.readFile('note')).toBe(text);
  expect(await files.exists('injected')).toBe(false);
  await files.writeFile('note', '');
  expect(await files.readFile('note')).toBe('');
});

test.each(['-rf', 'my  file.txt', "a'b\"c", 'line\nbreak', '$(touch injected)', '.hidden', '..two', 'ümlaut'])(
  'the name %j is a name like any other',
  async (name) => {
    await files.writeFile(name, 'x');
    await files.mkdir(`${name}.d`);
    expect(await files.readFile(name)).toBe('x');
    expect((await files.readdir('.')).map((entry) => entry.name).sort()).toEqual([name, `${name}.d`].sort());
    await files.remove(name);
    expect(await files.exists(name)).toBe(false);
    expect(await files.exists(`${name}.d`)).toBe(true);
  },
);

test('entries have true types, sizes, dates and link targets', async () => {
  writeFileSync(join(root, 'file'), '12345');
  utimesSync(join(root, 'file'), 1_000_000_000, 1_000_000_000);
  mkdirSync(join(root, 'directory'));
  symlinkSync('directory', join(root, 'link'));
  symlinkSync('nowhere', join(root, 'dangling'));
  const entries = new Map((await files.readdir(root)).map((entry) => [entry.name, entry]));
  const date = new Date(1_000_000_000_000);
  expect(entries.get('file')).toEqual({
    name: 'file',
    path: join(root, 'file'),
    type: 'file',
    isDirectory: false,
    size: 5,
    lastModified: date,
    modified: date,
  });
  expect(entries.get('directory')).toMatchObject({ type: 'directory', isDirectory: true, size: 0 });
  expect(entries.get('link')).toMatchObject({ type: 'directory', symlinkTarget: 'directory' });
  expect(entries.get('dangling')).toMatchObject({ type: 'file', symlinkTarget: 'nowhere' });
  expect(await files.stat('file')).toEqual(entries.get('file'));
  expect((await files.stat(`${root}/directory/`)).path).toBe(join(root, 'directory'));
  expect((await files.readdir('/')).map((entry) => entry.path)).toContain('/tmp');
});

test('what is missing or of the wrong kind is told apart', async () => {
  await files.mkdir('directory');
  await files.writeFile('file', '');
  await expect(files.readFile('missing')).rejects.toMatchObject({ code: 'file_not_found', path: 'missing' });
  await expect(files.readdir('missing')).rejects.toMatchObject({ code: 'file_not_found' });
  await expect(files.stat('missing')).rejects.toMatchObject({ code: 'file_not_found' });
  await expect(files.readFile('directory')).rejects.toMatchObject({ code: 'is_a_directory' });
  await expect(files.writeFile('directory', 'x')).rejects.toMatchObject({ code: 'is_a_directory' });
  await expect(files.readdir('file')).rejects.toMatchObject({ code: 'not_a_directory' });
  await expect(files.mkdir('file/below')).rejects.toMatchObject({ code: 'failed_precondition' });
  await expect(files.remove('missing')).resolves.toBeUndefined();
});
