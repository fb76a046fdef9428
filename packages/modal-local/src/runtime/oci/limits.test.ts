import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { existsSync } from 'node:fs';
import { cgroupTrees } from '../host/cgroups.js';
import { openTestHost, type TestHost } from '../testing/test-host.js';

let host: TestHost;

beforeAll(async () => {
  host = await openTestHost();
});
afterAll(async () => await host[Symbol.asyncDispose]());

test('a fork bomb meets the limit on processes, and the sandbox lives on', async () => {
  const { container, sh } = await host.sandbox();
  const { output } = await sh('for i in $(seq 200); do sleep 30 & done; true');
  expect(output).toContain('Cannot fork');
  expect((await container.usage()).pids).toBeLessThanOrEqual(64);
});

test('a process that takes too much memory is killed, and that is told apart from other kills', async () => {
  const { container, sh } = await host.sandbox();
  expect(await container.oomKilled()).toBe(false);
  expect((await sh(`python3 -c 'x = bytearray(400 * 1024 * 1024)'`)).code).toBe(137);
  expect(await container.oomKilled()).toBe(true);
  expect((await sh('echo alive')).output).toBe('alive\n');
});

test('memory that no kill can free ends the sandbox as out of memory', async () => {
  const { container, sh } = await host.sandbox({ limits: { memoryBytes: 64 * 1024 * 1024, cpuCores: 1, pids: 64 } });
  // Half of the memory is the most that /dev/shm takes; the rest goes to a second file system in memory.
  void sh('head -c 1G /dev/zero > /dev/shm/fill; exec python3 -c "import os; f = os.memfd_create(\\"x\\"); os.truncate(f, 1 << 30); [os.pwrite(f, b\\"x\\" * 65536, i << 16) for i in range(1 << 14)]"');
  await vi.waitFor(async () => expect(await container.oomKilled()).toBe(true), { timeout: 20_000 });
});

test('two busy loops share the CPU that was given', async () => {
  const { container, sh } = await host.sandbox({ limits: { memoryBytes: 128 * 1024 * 1024, cpuCores: 0.2, pids: 64 } });
  const before = await container.usage();
  const start = performance.now();
  await sh('timeout 1 sh -c "while :; do :; done" & timeout 1 sh -c "while :; do :; done"; wait');
  const seconds = (performance.now() - start) / 1000;
  const share = ((await container.usage()).cpuSeconds - before.cpuSeconds) / seconds;
  expect(share).toBeLessThan(0.3);
});

test('a paused sandbox stands still until it is resumed', async () => {
  const [{ container, sh }, neighbour] = [await host.sandbox(), await host.sandbox()];
  await sh('(while :; do :; done) >/dev/null 2>&1 &');
  const { cpuSeconds } = await container.usage();
  await expect.poll(async () => (await container.usage()).cpuSeconds).toBeGreaterThan(cpuSeconds);
  await container.pause();
  const paused = await container.usage();
  let answered = false;
  const answer = sh('echo later').finally(() => (answered = true));
  // A neighbour gets work done meanwhile.
  expect((await neighbour.sh('i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo $i')).output).toBe('100000\n');
  expect({ answered, ...(await container.usage()) }).toMatchObject({ answered: false, cpuSeconds: paused.cpuSeconds });
  await container.resume();
  expect((await answer).output).toBe('later\n');
});

test.each(['running', 'paused'] as const)('kill ends a %s sandbox with all its processes, and leaves no control group', async (state) => {
  const { container, sh } = await host.sandbox();
  await sh('(setsid nohup sleep 1000 >/dev/null 2>&1 &) ; trap "" TERM; true');
  if (state === 'paused') await container.pause();
  await Promise.all(Array.from({ length: 20 }, () => container.kill()));
  expect(await container.exited).toEqual({ oomKilled: false });
  await container.kill();
  const trees = cgroupTrees(`modal-local/${host.instance.engineId}/${container.id}`);
  expect(trees.filter((tree) => existsSync(tree))).toEqual([]);
});

test('the end of the agent is the end of the sandbox', async () => {
  const { container } = await host.sandbox();
  container.agent.close();
  expect(await container.exited).toEqual({ oomKilled: false });
});

test('a start that fails says what the runtime said, and leaves nothing', async () => {
  const mounts = [{ source: '/nonexistent/volume', target: '/data', readOnly: false }];
  await expect(host.sandbox({ mounts })).rejects.toThrow(/could not start the container .*nonexistent/s);
  const trees = cgroupTrees(`modal-local/${host.instance.engineId}`);
  expect(trees.length).toBeGreaterThan(0);
});

test('an aborted start leaves nothing', async () => {
  const root = await host.roots.mount(host.image, { id: `aborted-${process.pid}` });
  const spec = { id: root.path.slice(-12).replace(/[^a-z0-9-]/g, ''), hostname: 'x', rootfs: root.path, mounts: root.mounts, limits: { memoryBytes: 1 << 28, cpuCores: 1, pids: 64 } };
  await expect(host.runtime.start(spec, { signal: AbortSignal.timeout(1) })).rejects.toThrow(/abort|timeout/i);
  const trees = cgroupTrees(`modal-local/${host.instance.engineId}/${spec.id}`);
  expect(trees.filter((tree) => existsSync(tree))).toEqual([]);
  await root.release();
});

test('mounts come and go while the sandbox runs, and a link in the way leads nowhere outside', async () => {
  const { container, sh } = await host.sandbox();
  const mount = { source: host.stateDir, target: '/live/here', readOnly: true, idmap: true };
  await container.mount(mount);
  expect((await sh('ls /live/here; touch /live/here/x; stat -c %u /live')).output).toMatch(/sb\n[^]*Read-only file system\n0\n/);
  await container.mount({ ...mount, target: '/home/user/deep/mounted' });
  expect((await sh('stat -c %u /home/user /home/user/deep')).output).toBe('1000\n0\n');
  await container.unmount('/live/here');
  expect((await sh('ls /live/here | wc -l')).output.trim()).toBe('0');
  await sh('mkdir -p /tmp/within; ln -s /tmp/within /tricky; ln -s /proc/1/root/tmp/within /magic');
  await container.mount({ ...mount, target: '/tricky/mounted' });
  expect((await sh('ls /tmp/within/mounted')).output).toContain('sb\n');
  await expect(container.mount({ ...mount, target: '/magic/mounted' })).rejects.toThrow();
  expect(existsSync('/tmp/within')).toBe(false);
});
