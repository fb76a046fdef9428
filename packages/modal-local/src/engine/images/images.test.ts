import { afterEach, beforeEach, expect, it } from 'vitest';

import { EMPTY_IMAGE_CONFIG, type RootImage } from '../../images/driver.js';
import type { BuildContext } from '../../images/build/image-builder.js';
import { ephemeralStateDirectory, type EphemeralState } from '../../store/state-directory.js';
import { NamedObjects } from '../objects.js';
import { TestWorld } from '../test-world.js';
import type { BuildJob } from './build-job.js';
import type { Images } from './images.js';

const MINUTE = 60_000;
const BUILT: RootImage = { layers: [], config: EMPTY_IMAGE_CONFIG, host: false };

let state: EphemeralState;
let objects: NamedObjects;
let world: TestWorld;
let images: Images;
/** Builds that were begun, in order; each runs until it is told how it ends or is aborted. */
let begun: Begun[];

interface Begun {
  context: BuildContext;
  succeed: () => void;
  fail: (error: Error) => void;
}

beforeEach(() => {
  state = ephemeralStateDirectory();
  world = new TestWorld({ now: 1_700_000_000_000 });
  objects = new NamedObjects(state.paths, world);
  begun = [];
  images = objects.images({
    registry: { pull: () => Promise.reject(new Error('no registry here')), knownUnreachable: () => undefined },
    layers: { has: async () => true },
    hostImage: undefined,
    builder: () => ({
      build: (_instructions, context) =>
        new Promise<RootImage>((resolve, reject) => {
          begun.push({ context, succeed: () => resolve(BUILT), fail: reject });
          context.signal?.addEventListener('abort', () => reject(context.signal?.reason));
        }),
    }),
  });
});

afterEach(async () => {
  await images.close();
  objects[Symbol.dispose]();
  state[Symbol.dispose]();
});

async function build(command = 'RUN sleep infinity'): Promise<BuildJob> {
  const definition = { commands: ['FROM scratch', command], bases: [], env: {}, buildArgs: {}, registry: { kind: 'none' as const }, builderVersion: '', force: false };
  return await images.getOrCreate({ environmentId: objects.environments.resolve('').id, ...definition });
}

async function running(index = 0): Promise<Begun> {
  await expect.poll(() => begun.length).toBeGreaterThan(index);
  const found = begun[index];
  if (found === undefined) throw new Error(`No build ${index}`);
  return found;
}

it('is built once for all that ask meanwhile', async () => {
  const jobs = await Promise.all([build(), build()]);
  expect(jobs[0]).toBe(jobs[1]);
  (await running()).succeed();
  expect(await jobs[0]?.done).toEqual({ status: 'success' });
  expect(begun.length).toBe(1);
});

it('is no longer built once nobody has waited for five minutes', async () => {
  const job = await build();
  const leave = job.watch();
  world.advance(60 * MINUTE);
  expect(job.stopping).toBe(false);
  leave();
  world.advance(4 * MINUTE);
  job.watch()();
  world.advance(4 * MINUTE);
  expect(job.stopping).toBe(false);
  world.advance(MINUTE);
  expect((await running()).context.signal?.aborted).toBe(true);
  expect(await job.done).toEqual({ status: 'terminated', exception: 'Nobody waited for the build for 5 minutes' });
});

it('is built for four hours at most, whoever waits', async () => {
  const job = await build();
  job.watch();
  world.advance(4 * 60 * MINUTE - 1);
  expect(job.stopping).toBe(false);
  world.advance(1);
  expect(await job.done).toEqual({ status: 'timeout', exception: 'The build took longer than 4 hours' });
});

it('is no longer built once it is deleted, and is built anew for who asks then', async () => {
  const job = await build();
  images.delete(job.imageId);
  const next = await build();
  expect(await job.done).toMatchObject({ status: 'terminated', exception: 'The image was deleted while it was built' });
  expect(next).not.toBe(job);
  (await running(1)).succeed();
  expect(await next.done).toEqual({ status: 'success' });
  images.delete(next.imageId);
  expect(() => images.delete(next.imageId)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

it('is not kept when it was deleted as its build ended', async () => {
  const job = await build();
  (await running()).succeed();
  images.delete(job.imageId);
  expect(await job.done).toMatchObject({ status: 'terminated' });
  expect(() => images.require(job.imageId)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

it('is not built on while the engine stops', async () => {
  const job = await build();
  await images.close();
  expect(job.result).toEqual({ status: 'terminated', exception: 'The engine is stopping' });
});

it('that failed is remembered for clients that ask late, but not for ever', async () => {
  const jobs: BuildJob[] = [];
  for (let count = 0; count < 100; count += 1) {
    const job = await build(`RUN false ${count}`);
    (await running(count)).fail(new Error('false'));
    await job.done;
    jobs.push(job);
  }
  expect(images.job(jobs.at(-1)?.imageId ?? '')).toBe(jobs.at(-1));
  expect(() => images.job(jobs[0]?.imageId ?? '')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});
