import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT_UID } from '../runtime/driver.js';
import { ephemeralStateDirectory, type EphemeralState } from '../store/state-directory.js';
import type { Creation } from './creation.js';
import { NamedObjects } from './objects.js';
import { EPHEMERAL_LIFE } from './creation.js';
import { REAL_WORLD } from './world.js';

let state: EphemeralState;
let objects: NamedObjects;
let now: number;

beforeEach(() => {
  now = 1_700_000_000_000;
  state = ephemeralStateDirectory();
  objects = new NamedObjects(state.paths, { ...REAL_WORLD, now: () => now });
});

afterEach(() => {
  objects[Symbol.dispose]();
  state[Symbol.dispose]();
});

const volume = (name: string, creation: Creation = 'create-if-missing', version?: number) =>
  objects.volumes.getOrCreate({ name, environmentName: '', creation, ...(version === undefined ? {} : { version }) });

const mount = (volumeId: string, subPath?: string, readOnly = false) =>
  objects.volumes.mountFor({ volumeId, path: '/data', readOnly, ...(subPath === undefined ? {} : { subPath }) });

describe('volumes', () => {
  it('are found again by name and keep the version they were created with', () => {
    const { id } = volume('v', 'create-if-missing', 2);
    expect(id).toMatch(/^vo-[A-Za-z0-9]{22}$/);
    expect(volume('v', 'lookup', 1)).toMatchObject({ id, version: 2 });
    expect(volume('w').version).toBe(1);
    expect(() => volume('x', 'create-if-missing', 3)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('that are missing are named', () => {
    expect(() => volume('nope', 'lookup')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: "Volume 'nope' not found" }));
  });

  it('are directories of the sandbox root, the same at every mount', async () => {
    const { id } = volume('v');
    await using first = await mount(id);
    await using second = await mount(id, '/', true);
    expect(first.mount).toEqual({ source: second.mount.source, target: '/data', readOnly: false });
    expect(second.mount.readOnly).toBe(true);
    expect(statSync(first.mount.source)).toMatchObject({ uid: ROOT_UID, gid: ROOT_UID });
  });

  it('leave the disk when deleted', async () => {
    const { id } = volume('v');
    await using mounted = await mount(id);
    writeFileSync(join(mounted.mount.source, 'file'), 'x');
    await objects.volumes.delete(id);
    expect(readdirSync(state.paths.volumes)).toEqual([]);
    await expect(objects.volumes.delete(id)).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('follow no symlink when they are deleted', async () => {
    const { id } = volume('v');
    await using mounted = await mount(id);
    const outside = join(state.paths.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file'), 'x');
    symlinkSync(outside, join(mounted.mount.source, 'link'));
    await objects.volumes.delete(id);
    expect(existsSync(join(outside, 'file'))).toBe(true);
  });

  it('leave the disk with their environment, at the next pruning', async () => {
    objects.environments.create('dev');
    const { id } = objects.volumes.getOrCreate({ name: 'v', environmentName: 'dev', creation: 'create-if-missing' });
    await (await mount(id))[Symbol.asyncDispose]();
    objects.environments.delete('dev');
    expect(await objects.volumes.prune()).toBe(1);
    expect(readdirSync(state.paths.volumes)).toEqual([]);
  });
});

describe('ephemeral volumes', () => {
  it('live from heartbeat to heartbeat', async () => {
    const { id } = volume('', 'ephemeral');
    now += EPHEMERAL_LIFE - 1;
    objects.volumes.heartbeat(id);
    now += EPHEMERAL_LIFE - 1;
    await objects.volumes.prune();
    expect(objects.volumes.get(id).id).toBe(id);
    now += 1;
    await objects.volumes.prune();
    expect(() => objects.volumes.heartbeat(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('stay as long as a sandbox uses them', async () => {
    const { id } = volume('', 'ephemeral');
    const mounted = await mount(id);
    now += EPHEMERAL_LIFE;
    await objects.volumes.prune();
    expect(existsSync(mounted.mount.source)).toBe(true);
    await mounted[Symbol.asyncDispose]();
    now += EPHEMERAL_LIFE;
    await objects.volumes.prune();
    expect(existsSync(mounted.mount.source)).toBe(false);
  });

  it('are not made of named ones by a heartbeat', async () => {
    const { id } = volume('v');
    objects.volumes.heartbeat(id);
    now += EPHEMERAL_LIFE * 2;
    await objects.volumes.prune();
    expect(volume('v', 'lookup').id).toBe(id);
  });
});

// Pinning a directory needs the right to mount.
describe.skipIf(process.getuid?.() !== 0)('sub-paths (root only)', () => {
  it('are created for the sandbox root, and show the same files', async () => {
    const { id } = volume('v');
    await using whole = await mount(id);
    await using part = await mount(id, '/a/./b/');
    writeFileSync(join(part.mount.source, 'file'), 'x');
    expect(readFileSync(join(whole.mount.source, 'a/b/file'), 'utf8')).toBe('x');
    expect(statSync(join(whole.mount.source, 'a/b')).uid).toBe(ROOT_UID);
  });

  it('refuse to leave the volume', async () => {
    const { id } = volume('v');
    for (const subPath of ['..', 'a/../b', 'a/..']) {
      await expect(mount(id, subPath)).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(subPath) }));
    }
  });

  it('refuse symlinks and files, wherever they point', async () => {
    const { id } = volume('v');
    await using whole = await mount(id);
    symlinkSync('/etc', join(whole.mount.source, 'link'));
    mkdirSync(join(whole.mount.source, 'dir'));
    symlinkSync('dir', join(whole.mount.source, 'inner'));
    writeFileSync(join(whole.mount.source, 'file'), '');
    for (const subPath of ['link', 'link/ssl', 'inner', 'file', 'file/x']) {
      await expect(mount(id, subPath)).rejects.toThrow(expect.objectContaining({ code: 'FAILED_PRECONDITION', message: expect.stringMatching(/is not a directory/) }));
    }
  });

  it('go on meaning the same directory when the sandbox puts a symlink in its place', async () => {
    const { id } = volume('v');
    await using whole = await mount(id);
    await using part = await mount(id, 'a');
    renameSync(join(whole.mount.source, 'a'), join(whole.mount.source, 'moved'));
    symlinkSync('/etc', join(whole.mount.source, 'a'));
    writeFileSync(join(part.mount.source, 'file'), 'x');
    expect(existsSync(join(whole.mount.source, 'moved/file'))).toBe(true);
  });

  it('that are missing are not created by a read-only mount', async () => {
    const { id } = volume('v');
    await expect(mount(id, 'nope', true)).rejects.toThrow(
      expect.objectContaining({ code: 'FAILED_PRECONDITION', message: "Sub-path 'nope' of Volume 'v' cannot be mounted: nope does not exist" }),
    );
  });

  it('whose mount points a dead engine left are cleared away', async () => {
    mkdirSync(join(state.paths.pins, 'pin-x'), { recursive: true });
    objects.recover();
    expect(readdirSync(state.paths.pins)).toEqual([]);
  });

  it('leave no mount behind', async () => {
    const { id } = volume('v');
    const part = await mount(id, 'a');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(part.mount.source);
    await part[Symbol.asyncDispose]();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(part.mount.source);
    expect(existsSync(part.mount.source)).toBe(false);
  });
});
