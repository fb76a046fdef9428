import { afterEach, beforeEach, expect, it } from 'vitest';

import { fakeDrivers, type FakeDrivers } from '../testing/fake-drivers.js';
import { plainSandbox } from '../testing/plain-sandbox.js';
import type { Sandbox } from './sandbox.js';
import { Sandboxes } from './sandboxes.js';
import type { SidecarDefinition } from './sidecars.js';

const helper: SidecarDefinition = { name: 'helper', imageId: 'im-1', command: ['serve'], env: {}, volumes: [], buckets: [] };

let drivers: FakeDrivers;
let sandboxes: Sandboxes;
let sandbox: Sandbox;

beforeEach(async () => {
  drivers = fakeDrivers();
  sandboxes = new Sandboxes(drivers);
  sandbox = await sandboxes.create(plainSandbox);
});
afterEach(() => sandboxes.close());

it('says that its memory ran out', async () => {
  const sidecar = await sandboxes.createSidecar(sandbox.id, helper);
  const container = drivers.containers[1];
  if (container) container.oom = true;
  container?.processes[0]?.exit({ kind: 'signaled', signal: 9, timedOut: false });
  expect(await sidecar.finished).toMatchObject({ status: 'failure', exitCode: 137, exception: expect.stringContaining('ran out of memory') });
});

it('that is being started when its sandbox ends is gone when the sandbox is', async () => {
  const { start } = drivers.runtime;
  let started: () => void = () => undefined;
  const starting = new Promise<void>((resolve) => (started = resolve));
  drivers.runtime.start = async (spec, { signal } = {}) => {
    started();
    await new Promise<void>((resolve) => signal?.addEventListener('abort', () => setImmediate(resolve)));
    return await start(spec);
  };
  const refused = sandboxes.createSidecar(sandbox.id, helper);
  await starting;
  sandbox.terminate();
  await sandbox.finished;
  const sidecar = await refused;
  expect(sidecar.result?.status).toBe('terminated');
  expect(drivers.containers.map(({ id }) => id)).toEqual([sandbox.id, sidecar.id]);
  await expect(sandboxes.createSidecar(sandbox.id, helper)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('that cannot start leaves nothing', async () => {
  const { start } = drivers.runtime;
  drivers.runtime.start = async (spec) => {
    const container = await start(spec);
    container.agent.start = () => Promise.reject(new TypeError('a defect'));
    return container;
  };
  await expect(sandboxes.createSidecar(sandbox.id, helper)).rejects.toThrow('a defect');
  expect([...drivers.held].sort()).toEqual([`network ${sandbox.id}`, `root ${sandbox.id}`]);
});

it('is forgotten once a hundred others have ended after it', async () => {
  const ids: string[] = [];
  for (let count = 0; count < 102; count += 1) {
    const sidecar = await sandboxes.createSidecar(sandbox.id, helper);
    ids.push(sidecar.id);
    sidecar.terminate();
    await sidecar.finished;
  }
  const running = await sandboxes.createSidecar(sandbox.id, helper);
  expect(sandbox.sidecars.list({ includeFinished: true }).map(({ id }) => id)).toEqual([...ids.slice(2), running.id]);
  expect(() => sandbox.sidecars.get(ids[0] ?? '')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});
