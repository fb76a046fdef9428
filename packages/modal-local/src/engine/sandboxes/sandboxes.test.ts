import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Database } from '../../store/database.js';
import { FinishedSandboxRepository } from '../../store/finished-sandboxes.js';
import { ephemeralStateDirectory } from '../../store/state-directory.js';
import { fakeDrivers } from '../testing/fake-drivers.js';
import { plainSandbox as plain } from '../testing/plain-sandbox.js';
import { Sandboxes } from './sandboxes.js';

const exec = { id: 'exec-1', argv: ['true'], env: {}, stdout: 'pipe', stderr: 'pipe' } as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function engine(overrides = {}) {
  const drivers = fakeDrivers(overrides);
  return { drivers, sandboxes: new Sandboxes(drivers) };
}

describe('the life of a sandbox', () => {
  it('ends with its entrypoint, and reports the code', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create({ ...plain, command: ['sh', '-c', 'exit 3'] });
    drivers.containers[0]?.processes[0]?.exit({ kind: 'exited', code: 3 });
    expect(await sandbox.finished).toEqual({ status: 'failure', exitCode: 3, exception: '' });
    expect(sandbox.running).toBe(false);
  });

  it('says that memory ran out', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create({ ...plain, command: ['python3'] });
    const [container] = drivers.containers;
    if (container) container.oom = true;
    container?.processes[0]?.exit({ kind: 'signaled', signal: 9, timedOut: false });
    expect(await sandbox.finished).toMatchObject({ exitCode: 137, exception: expect.stringContaining('ran out of memory') });
  });

  it('ends at its timeout', async () => {
    const { sandboxes } = engine();
    const sandbox = await sandboxes.create({ ...plain, timeoutMs: 60_000 });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(sandbox.running).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sandbox.result?.status).toBe('timeout');
  });

  it('ends when idle, but not while a command runs', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create({ ...plain, idleTimeoutMs: 5_000 });
    await sandbox.startExec(exec);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sandbox.running).toBe(true);
    drivers.containers[0]?.processes[0]?.exit({ kind: 'exited', code: 0 });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(sandbox.running).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sandbox.result?.status).toBe('idle-timeout');
  });

  it('sees a process as killed whose output could not be taken, and reports why', async () => {
    const reportDefect = vi.fn();
    const { drivers, sandboxes } = engine({ reportDefect });
    const sandbox = await sandboxes.create(plain);
    const process = await sandbox.startExec(exec);
    const why = new Error('the sink is broken');
    drivers.containers[0]?.processes[0]?.lose(why);
    expect(await process.exited).toMatchObject({ kind: 'signaled', signal: 9 });
    expect(reportDefect).toHaveBeenCalledExactlyOnceWith('output of a process', why);
  });

  it('does not call a defect the end of the sandbox', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    const [container] = drivers.containers;
    if (container) container.agent.start = () => Promise.reject(new TypeError('a defect'));
    await expect(sandbox.startExec(exec)).rejects.toThrow('a defect');
  });

  it('leaves nothing when it cannot be noted', async () => {
    const insert = () => {
      throw new Error('the disk is full');
    };
    const { drivers, sandboxes } = engine({ finished: { byId: () => undefined, byName: () => undefined, insert }, reportDefect: () => undefined });
    await expect(sandboxes.create(plain)).rejects.toThrow('the disk is full');
    await sandboxes.terminateAll();
    expect([...drivers.held]).toEqual([]);
    await expect(drivers.containers[0]?.exited).resolves.toEqual({ oomKilled: false });
  });

  it('wakes whoever waits when it is terminated, and gives everything back', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    const waiting = sandbox.wait(10_000);
    sandbox.terminate();
    sandbox.terminate();
    expect((await waiting)?.status).toBe('terminated');
    await sandboxes.terminateAll();
    expect([...drivers.held]).toEqual([]);
  });

  it('gives everything back when the container does not start', async () => {
    const { drivers, sandboxes } = engine({ runtime: { name: 'fake', start: () => Promise.reject(new Error('no cgroups')) } });
    await expect(sandboxes.create({ ...plain, name: 'web' })).rejects.toThrow('no cgroups');
    expect([...drivers.held]).toEqual([]);
    await expect(sandboxes.create({ ...plain, name: 'web' })).rejects.toThrow('no cgroups');
  });

  it('that is being created when the engine stops is taken down before the engine is', async () => {
    const { drivers, sandboxes } = engine({
      runtime: {
        name: 'fake',
        start: (_spec: unknown, { signal }: { signal: AbortSignal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
      },
    });
    const refused = expect(sandboxes.create(plain)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await vi.advanceTimersByTimeAsync(1);
    expect(drivers.held.size).toBeGreaterThan(0);
    await sandboxes.close();
    expect([...drivers.held]).toEqual([]);
    await refused;
    await expect(sandboxes.create(plain)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('that is being created when the engine is reset is ended with the others', async () => {
    const { drivers, sandboxes } = engine();
    const creating = sandboxes.create(plain);
    await sandboxes.reset();
    expect((await creating).running).toBe(false);
    expect([...drivers.held]).toEqual([]);
  });

  it('gives back what it can when its processes do not end', async () => {
    const defects: string[] = [];
    const { drivers, sandboxes } = engine({ reportDefect: (where: string) => defects.push(where) });
    const sandbox = await sandboxes.create(plain);
    const [container] = drivers.containers;
    if (container) container.kill = () => Promise.reject(new Error('processes are left'));
    sandbox.terminate();
    expect(await sandbox.finished).toMatchObject({ status: 'internal-failure', exception: expect.stringContaining('processes are left') });
    await sandboxes.terminateAll();
    expect([...drivers.held]).toEqual([]);
    expect(defects).toEqual([`release of ${sandbox.id}`]);
  });

  it('ends with a reason when its container is lost', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    await drivers.containers[0]?.kill();
    expect(await sandbox.finished).toMatchObject({ status: 'internal-failure', exitCode: 137 });
  });

  it('runs 4,096 commands at a time, and refuses more until one ends', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    for (let n = 0; n < 4_096; n += 1) await sandbox.startExec({ ...exec, id: `exec-${n}` });
    expect(() => sandbox.startExec({ ...exec, id: 'one more' })).toThrow(expect.objectContaining({ code: 'RESOURCE_EXHAUSTED', retryAfterSeconds: 1 }));
    drivers.containers[0]?.processes[0]?.exit({ kind: 'exited', code: 0 });
    await vi.advanceTimersByTimeAsync(0);
    await sandbox.startExec({ ...exec, id: 'one more' });
  });

  it('forgets the oldest of many that have ended when their commands take too much memory', async () => {
    const { drivers, sandboxes } = engine();
    const ids: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      const sandbox = await sandboxes.create(plain);
      for (let k = 0; k < 10_001; k += 1) {
        await sandbox.startExec({ ...exec, id: `exec-${k}` });
        drivers.containers[n]?.processes.pop()?.exit({ kind: 'exited', code: 0 });
        await sandbox.execs.get(`exec-${k}`).then(({ exited }) => exited);
      }
      await expect(sandbox.execs.get('exec-0')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(sandbox.execs.get('exec-1')).resolves.toMatchObject({ exit: { code: 0 } });
      ids.push(sandbox.id);
      sandbox.terminate();
      await sandbox.finished;
    }
    const known = ids.map((id) => sandboxes.list({ includeFinished: true, tags: {} }).some((sandbox) => sandbox.id === id));
    expect(known).toEqual([false, false, true, true, true, true, true, true]);
  });

  it('keeps what was written readable after the end', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create({ ...plain, command: ['echo'] });
    const process = drivers.containers[0]?.processes[0];
    process?.print('so long');
    process?.exit({ kind: 'exited', code: 0 });
    await sandbox.finished;
    const first = await sandboxes.get(sandbox.id).entrypoint?.stdout.read(0).next();
    expect(String(first?.value)).toBe('so long');
  });
});

describe('commands', () => {
  it('start once for an id', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    const [first, second] = await Promise.all([sandbox.startExec(exec), sandbox.startExec(exec)]);
    expect(first).toBe(second);
    expect(drivers.containers[0]?.processes).toHaveLength(1);
  });

  it("see the image's environment, then the sandbox's, then their own", async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create({ ...plain, env: { A: 'sandbox', B: 'sandbox' }, workdir: '/srv' });
    await sandbox.startExec({ ...exec, env: { B: 'exec' } });
    const spec = drivers.containers[0]?.processes[0]?.spec;
    expect(spec?.env).toMatchObject({ A: 'sandbox', B: 'exec', PATH: expect.stringContaining('/usr/bin'), MODAL_SANDBOX_ID: sandbox.id });
    expect(spec?.cwd).toBe('/srv');
  });

  it('write both streams into one when asked', async () => {
    const { drivers, sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    const process = await sandbox.startExec({ ...exec, stderr: 'stdout' });
    const fake = drivers.containers[0]?.processes[0];
    fake?.print('out ');
    fake?.complain('err');
    fake?.exit({ kind: 'exited', code: 0 });
    const { value } = await process.stdout.read(0).next();
    expect(String(value)).toBe('out err');
  });

  it('are killed with their sandbox', async () => {
    const { sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    const process = await sandbox.startExec(exec);
    sandbox.terminate();
    expect(await process.exited).toEqual({ kind: 'signaled', signal: 9, timedOut: false });
    expect(() => sandbox.startExec({ ...exec, id: 'exec-2' })).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it.each([
    [{ argv: [] }, 'name of a program'],
    [{ argv: ['echo', 'x'.repeat(70_000)] }, 'ARG_MAX'],
    [{ workdir: 'relative' }, 'absolute'],
    [{ argv: ['a\0b'] }, 'NUL'],
  ])('are refused when they ask for %o', async (request, message) => {
    const { sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    expect(() => sandbox.startExec({ ...exec, ...request })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }));
  });
});

describe('names', () => {
  it('are unique among the running sandboxes of an app, and free again at the end', async () => {
    const { sandboxes } = engine();
    const first = await sandboxes.create({ ...plain, name: 'web' });
    await expect(sandboxes.create({ ...plain, name: 'web' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await sandboxes.create({ ...plain, appId: 'ap-2', name: 'web' });
    expect(sandboxes.named('ap-1', 'web', { includeFinished: false })).toBe(first);
    first.terminate();
    await first.finished;
    expect(() => sandboxes.named('ap-1', 'web', { includeFinished: false })).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(sandboxes.named('ap-1', 'web', { includeFinished: true })).toBe(first);
    const second = await sandboxes.create({ ...plain, name: 'web' });
    expect(sandboxes.named('ap-1', 'web', { includeFinished: true })).toBe(second);
  });

  it('are free as soon as their sandbox is terminated, although it takes a moment to go', async () => {
    const { sandboxes } = engine();
    const first = await sandboxes.create({ ...plain, name: 'web' });
    first.terminate();
    expect(first.result).toBeUndefined();
    expect(() => sandboxes.named('ap-1', 'web', { includeFinished: false })).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(sandboxes.named('ap-1', 'web', { includeFinished: true })).toBe(first);
    const second = await sandboxes.create({ ...plain, name: 'web' });
    await first.finished;
    expect(sandboxes.named('ap-1', 'web', { includeFinished: true })).toBe(second);
  });

  it('are given once, and the same again changes nothing', async () => {
    const { sandboxes } = engine();
    const { id } = await sandboxes.create(plain);
    sandboxes.setName(id, 'late');
    sandboxes.setName(id, 'late');
    expect(() => sandboxes.setName(id, 'other')).toThrow(expect.objectContaining({ code: 'FAILED_PRECONDITION' }));
    expect(sandboxes.named('ap-1', 'late', { includeFinished: false }).id).toBe(id);
  });
});

describe('list', () => {
  it('is newest first, with times that differ, and pages to an empty page', async () => {
    const { sandboxes } = engine();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await sandboxes.create({ ...plain, tags: { n: String(count) } })).id);
    const all = sandboxes.list({ includeFinished: false, tags: {} });
    expect(all.map(({ id }) => id)).toEqual(ids);
    expect(new Set(all.map(({ createdAt }) => createdAt)).size).toBe(5);
    const rest = sandboxes.list({ includeFinished: false, tags: {}, before: all[2]?.createdAt ?? 0 });
    expect(rest.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(sandboxes.list({ includeFinished: false, tags: {}, before: rest.at(-1)?.createdAt ?? 0 })).toEqual([]);
    expect(sandboxes.list({ includeFinished: false, tags: { n: '3' } })).toHaveLength(1);
  });

  it('leaves out the finished, unless they are asked for', async () => {
    const { sandboxes } = engine();
    const sandbox = await sandboxes.create(plain);
    sandbox.terminate();
    expect(sandboxes.list({ includeFinished: false, tags: {} })).toEqual([]);
    expect(sandboxes.list({ includeFinished: true, tags: {} })).toEqual([sandbox]);
  });
});

describe('sandboxes of an earlier engine', () => {
  it('tell how they ended, also when the engine was killed under them', async () => {
    using state = ephemeralStateDirectory();
    using database = Database.open(state.paths.database);
    const finished = new FinishedSandboxRepository(database);
    const earlier = engine({ finished }).sandboxes;
    const ended = await earlier.create({ ...plain, name: 'once', tags: { a: 'b' } });
    const lost = await earlier.create(plain);
    ended.terminate();
    await ended.finished;

    const { sandboxes } = engine({ finished });
    expect(sandboxes.facts(ended.id)).toMatchObject({ taskId: ended.taskId, tags: { a: 'b' }, result: { status: 'terminated', exception: '' } });
    expect(sandboxes.named('ap-1', 'once', { includeFinished: true }).id).toBe(ended.id);
    expect(await sandboxes.facts(lost.id).wait(0)).toMatchObject({ status: 'terminated', exitCode: 137, exception: expect.stringMatching(/engine ended/) });
    expect(() => sandboxes.get(lost.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});
