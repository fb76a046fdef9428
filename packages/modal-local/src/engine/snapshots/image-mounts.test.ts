import { afterEach, beforeEach, expect, it } from 'vitest';

import { EMPTY_IMAGE_CONFIG } from '../../images/driver.js';
import { fakeDrivers, type FakeDrivers } from '../testing/fake-drivers.js';
import { plainSandbox } from '../testing/plain-sandbox.js';
import type { Sandbox } from '../sandboxes/sandbox.js';
import { Sandboxes } from '../sandboxes/sandboxes.js';
import { ImageMounts } from './image-mounts.js';

let drivers: FakeDrivers;
let sandboxes: Sandboxes;
let sandbox: Sandbox;
let mounts: ImageMounts;

beforeEach(async () => {
  drivers = fakeDrivers();
  mounts = new ImageMounts({ root: async () => ({ layers: [], config: EMPTY_IMAGE_CONFIG, host: false }) }, drivers);
  sandboxes = new Sandboxes(drivers);
  sandbox = await sandboxes.create(plainSandbox);
});
afterEach(() => sandboxes.close());

const roots = () => [...drivers.held].filter((what) => what.startsWith('root')).length;

it('is mounted once at a path, however often and at once that is asked', async () => {
  const outcomes = await Promise.allSettled([mounts.mount(sandbox, '/a', 'im-1'), mounts.mount(sandbox, '/a', 'im-1')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(outcomes[1]).toMatchObject({ reason: { code: 'FAILED_PRECONDITION' } });
  expect(roots()).toBe(2);
  await mounts.unmount(sandbox, '/a');
  expect(roots()).toBe(1);
});

it('is found by any spelling of its path', async () => {
  await mounts.mount(sandbox, '/a/b/', 'im-1');
  await expect(mounts.mount(sandbox, '//a/./b', 'im-1')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  await mounts.unmount(sandbox, '/a/b');
  await mounts.mount(sandbox, '/a//b', 'im-1');
});

it('is unmounted once, and stays when that fails', async () => {
  await mounts.mount(sandbox, '/a', 'im-1');
  const container = drivers.containers[0];
  if (container) container.unmount = () => Promise.reject(new Error('busy'));
  await expect(mounts.unmount(sandbox, '/a')).rejects.toThrow('busy');
  if (container) container.unmount = async () => undefined;
  const outcomes = await Promise.allSettled([mounts.unmount(sandbox, '/a'), mounts.unmount(sandbox, '/a')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(roots()).toBe(1);
});

it.each(['a', '/a/../b', '/', '//', '/.', '/a\0'])('cannot be at %j', async (path) => {
  await expect(mounts.mount(sandbox, path, 'im-1')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

it('that could not be mounted leaves its path free', async () => {
  const container = drivers.containers[0];
  if (container) container.mount = () => Promise.reject(new Error('no such directory'));
  await expect(mounts.mount(sandbox, '/a', 'im-1')).rejects.toThrow('no such directory');
  if (container) container.mount = async () => undefined;
  await mounts.mount(sandbox, '/a', 'im-1');
});

it('goes with its sandbox, also when it was only just being mounted', async () => {
  await mounts.mount(sandbox, '/kept', 'im-1');
  let mounted: () => void = () => undefined;
  const container = drivers.containers[0];
  if (container) container.mount = () => new Promise<undefined>((resolve) => (mounted = () => resolve(undefined)));
  const late = mounts.mount(sandbox, '/late', 'im-1');
  await expect.poll(roots).toBe(3);
  sandbox.terminate();
  await sandbox.finished;
  await mounts.release(sandbox.id);
  mounted();
  await expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await sandboxes.terminateAll();
  expect(roots()).toBe(0);
});
