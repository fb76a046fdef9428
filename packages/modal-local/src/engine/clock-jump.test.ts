// A wall clock that is set, by hours, while sandboxes run: what is a duration stays one. Only `Date` jumps here; timers and
// `performance.now` go on as they do on a machine.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Idempotency } from './idempotency.js';
import { NamedObjects } from './objects.js';
import { fakeDrivers } from './testing/fake-drivers.js';
import { plainSandbox } from './testing/plain-sandbox.js';
import { Sandboxes } from './sandboxes/sandboxes.js';
import { ephemeralStateDirectory, type EphemeralState } from '../store/state-directory.js';
import { TestWorld } from './test-world.js';
import { Tokens } from './tokens.js';
import { REAL_WORLD } from './world.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ['put forward by five hours', 5 * HOUR],
  ['put back by five hours', -5 * HOUR],
])('with a clock that is %s', (_what, jump) => {
  const jumpNow = () => vi.setSystemTime(Date.now() + jump);
  // The engine's own world is the one with controls, whether they are used or not.
  const sandboxes = () => new Sandboxes(fakeDrivers({ world: new TestWorld() }));

  it('a sandbox ends at its time-out, started before or after', async () => {
    const all = sandboxes();
    const before = await all.create({ ...plainSandbox, timeoutMs: HOUR });
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    jumpNow();
    const after = await all.create({ ...plainSandbox, timeoutMs: HOUR });
    await vi.advanceTimersByTimeAsync(49 * MINUTE);
    expect([before.running, after.running]).toEqual([true, true]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect([before.result?.status, after.running]).toEqual(['timeout', true]);
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(after.result?.status).toBe('timeout');
  });

  it('an idle sandbox ends when it has been idle for its time', async () => {
    const sandbox = await sandboxes().create({ ...plainSandbox, timeoutMs: HOUR, idleTimeoutMs: 10 * MINUTE });
    await vi.advanceTimersByTimeAsync(MINUTE);
    jumpNow();
    await vi.advanceTimersByTimeAsync(8 * MINUTE);
    expect(sandbox.running).toBe(true);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(sandbox.result?.status).toBe('idle-timeout');
  });

  it('the test control still moves time on by what it is told', async () => {
    const world = new TestWorld();
    const rung: string[] = [];
    world.after(HOUR, () => rung.push('hour'));
    jumpNow();
    world.advance(59 * MINUTE);
    expect(rung).toEqual([]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(rung).toEqual(['hour']);
  });

  it('tokens stay valid for the rest of their hour', async () => {
    const tokens = new Tokens(REAL_WORLD);
    const [auth, router] = [tokens.mintAuth(), tokens.mintRouter('ta-1')];
    jumpNow();
    await vi.advanceTimersByTimeAsync(59 * MINUTE);
    expect(() => tokens.verifyAuth(auth)).not.toThrow();
    expect(tokens.verifyRouter(router)).toBe('ta-1');
  });

  it('a call that is sent again gets its first answer', async () => {
    const answers = new Idempotency<number>(REAL_WORLD, () => undefined);
    await answers.run('key', async () => 1);
    jumpNow();
    expect(await answers.run('key', async () => 2)).toBe(1);
    await vi.advanceTimersByTimeAsync(11 * MINUTE);
    expect(await answers.run('key', async () => 3)).toBe(3);
  });
});

describe('ephemeral objects', () => {
  let state: EphemeralState;
  let objects: NamedObjects;
  beforeEach(() => {
    state = ephemeralStateDirectory();
    objects = new NamedObjects(state.paths, new TestWorld());
  });
  afterEach(() => {
    objects[Symbol.dispose]();
    state[Symbol.dispose]();
  });

  it.each([5 * HOUR, -5 * HOUR])('live through a jump of %i ms as long as their heartbeats come, and no longer', async (jump) => {
    const { id } = objects.queues.getOrCreate({ name: '', environmentName: '', creation: 'ephemeral' });
    vi.setSystemTime(Date.now() + jump);
    await objects.prune();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    objects.queues.heartbeat(id);
    await vi.advanceTimersByTimeAsync(14 * MINUTE);
    expect(await objects.prune()).toMatchObject({ queues: 0 });
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(await objects.prune()).toMatchObject({ queues: 1 });
  });
});
