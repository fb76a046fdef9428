import { afterAll, beforeAll, expect, test } from 'vitest';
import { chown, link, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_UID } from '../../runtime/driver.js';
import { runChecked } from '../../runtime/host/command.js';
import { openTestHost, type TestHost } from '../../runtime/testing/test-host.js';
import { EMPTY_IMAGE_CONFIG, type RootImage } from '../driver.js';
import { OverlayRoots } from './overlay-roots.js';

let host: TestHost;
let base: RootImage;

beforeAll(async () => {
  host = await openTestHost();
  const layer = join(host.stateDir, 'l', 'base0001');
  await mkdir(join(layer, 'etc'), { recursive: true });
  await mkdir(join(layer, 'data/old'), { recursive: true });
  await writeFile(join(layer, 'etc/base'), 'base');
  await writeFile(join(layer, 'data/old/file'), 'old');
  await runChecked(['chown', '-R', `${ROOT_UID}:${ROOT_UID}`, layer]);
  base = image('base0001');
});
afterAll(async () => await host[Symbol.asyncDispose]());

function image(...layers: string[]): RootImage {
  return { layers, config: EMPTY_IMAGE_CONFIG, host: false };
}

async function names(directory: string): Promise<string[]> {
  return (await readdir(directory)).sort();
}

test('a root shows the image, the places to mount on and the start files, and nothing is written yet', async () => {
  const root = await host.roots.mount(base, { id: 'shown', files: { '/etc/hosts': '127.0.0.1 me\n' } });
  expect(await names(root.path)).toEqual(['__modal', 'data', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'usr', 'var']);
  expect(await readFile(join(root.path, 'etc/base'), 'utf8')).toBe('base');
  expect(await readFile(join(root.path, 'etc/hosts'), 'utf8')).toBe('127.0.0.1 me\n');
  expect((await stat(root.path)).uid).toBe(ROOT_UID);
  expect(await names(join(host.stateDir, 'sb/shown/u'))).toEqual([]);
  await root.release();
  await root.release();
  expect(await names(join(host.stateDir, 'sb'))).not.toContain('shown');
  expect(await names(join(host.instance.runDirectory, 'roots'))).not.toContain('shown');
});

test.each([{ consume: true }, { consume: false }])('a snapshot (consume: $consume) keeps all that a file system can say', async ({ consume }) => {
  const root = await host.roots.mount(base, { id: `snap-${consume}`, files: { '/etc/hosts': 'x' } });
  const at = (name: string): string => join(root.path, name);
  await unlink(at('etc/base'));
  await rm(at('data/old'), { recursive: true });
  await mkdir(at('data/old'));
  await writeFile(at('data/old/new'), 'new');
  await writeFile(at('data/one'), 'linked', { mode: 0o640 });
  await chown(at('data/one'), ROOT_UID + 7, ROOT_UID + 8);
  await link(at('data/one'), at('data/two'));
  await symlink('/nowhere', at('data/link'));
  await writeFile(at('data/sparse'), 'x');
  await truncate(at('data/sparse'), 64 * 1024 * 1024);
  const layer = await root.snapshot({ consume });
  if (!consume) await writeFile(at('data/late'), 'after the snapshot');
  await root.release();

  const copy = await host.roots.mount(image('base0001', layer), { id: `again-${consume}` });
  const there = (name: string): string => join(copy.path, name);
  expect(await names(there('etc'))).toEqual([]);
  expect(await names(there('data'))).toEqual(['link', 'old', 'one', 'sparse', 'two']);
  expect(await names(there('data/old'))).toEqual(['new']);
  const one = await lstat(there('data/one'));
  expect(one).toMatchObject({ uid: ROOT_UID + 7, gid: ROOT_UID + 8, ino: (await lstat(there('data/two'))).ino, nlink: 2 });
  expect(one.mode & 0o777).toBe(0o640);
  expect((await stat(there('data/sparse'))).blocks).toBeLessThan(64);
  await copy.release();
  await rm(join(host.stateDir, 'l', layer), { recursive: true });
});

test('disk usage counts what the sandbox wrote, not its image', async () => {
  const root = await host.roots.mount(base, { id: 'usage' });
  const before = await root.diskUsage();
  await writeFile(join(root.path, 'tmp/mega'), Buffer.alloc(1024 * 1024, 'x'));
  expect((await root.diskUsage()) - before).toBeGreaterThanOrEqual(1024 * 1024);
  await root.release();
});

test('a disk limit is met with ENOSPC, and its content can still be snapshotted', async () => {
  const root = await host.roots.mount(base, { id: 'limited', diskBytes: 32 * 1024 * 1024 });
  await writeFile(join(root.path, 'tmp/fits'), Buffer.alloc(24 * 1024 * 1024, 'x'));
  await expect(writeFile(join(root.path, 'tmp/too-much'), Buffer.alloc(24 * 1024 * 1024, 'x'))).rejects.toMatchObject({ code: 'ENOSPC' });
  const layer = await root.snapshot({ consume: true });
  expect((await stat(join(host.stateDir, 'l', layer, 'tmp/fits'))).size).toBe(24 * 1024 * 1024);
  expect(await names(join(host.stateDir, 'sb'))).not.toContain('limited');
  await rm(join(host.stateDir, 'l', layer), { recursive: true });
});

test('a disk too small to use is refused, and leaves nothing', async () => {
  await expect(host.roots.mount(base, { id: 'tiny', diskBytes: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await names(join(host.stateDir, 'sb'))).not.toContain('tiny');
});

test('a state directory that is itself on an overlay is refused with what to do', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'modal-local-nested-'));
  for (const name of ['l', 'u', 'w', 'm']) await mkdir(join(scratch, name));
  await runChecked(['mount', '-t', 'overlay', '-o', 'lowerdir=l,upperdir=u,workdir=w', 'overlay', 'm'], { cwd: scratch });
  try {
    const opening = OverlayRoots.open({ stateDir: join(scratch, 'm'), mountsDirectory: join(scratch, 'roots'), host: host.host });
    await expect(opening).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringContaining('--state-dir') });
  } finally {
    await runChecked(['umount', join(scratch, 'm')]);
    await rm(scratch, { recursive: true });
  }
});
