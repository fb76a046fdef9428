import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup, cgroupControllers, cgroupMode, cgroupTrees } from './cgroups.js';

// A directory that looks like each kind of host: the kernel offers one kind at a time.
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'modal-local-cgroups-'));
});
afterEach(async () => await rm(root, { recursive: true }));

async function files(entries: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(entries)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

test('the kind of host is told by what is mounted', async () => {
  expect(cgroupMode(root)).toBe('none');
  await files({ 'memory/cgroup.procs': '', 'pids/cgroup.procs': '' });
  expect([cgroupMode(root), cgroupControllers(root).sort()]).toEqual(['v1', ['memory', 'pids']]);
  await files({ 'unified/cgroup.controllers': '', 'unified/cgroup.procs': '' });
  expect([cgroupMode(root), cgroupTrees('x', root).length]).toEqual(['hybrid', 3]);
  await files({ 'cgroup.controllers': 'cpu memory pids\n' });
  expect([cgroupMode(root), cgroupControllers(root), cgroupTrees('x', root)]).toEqual(['v2', ['cpu', 'memory', 'pids'], [join(root, 'x')]]);
});

test('version 2 files are read as the kernel writes them', async () => {
  await files({
    'cgroup.controllers': 'cpu memory pids\n',
    'a/cpu.stat': 'usage_usec 2500000\nuser_usec 1\n',
    'a/memory.current': '1048576\n',
    'a/pids.current': '3\n',
    'a/cpu.max': '50000 100000\n',
    'a/memory.events': 'low 0\noom 2\noom_kill 1\n',
    'a/cgroup.events': 'populated 1\nfrozen 1\n',
    'a/cgroup.freeze': '0',
  });
  const cgroup = new Cgroup('a', root);
  expect(await cgroup.usage()).toEqual({ memoryBytes: 1048576, cpuSeconds: 2.5, pids: 3 });
  expect([await cgroup.cpuLimit(), await cgroup.oomKills()]).toEqual([0.5, 1]);
  await cgroup.setFrozen(true);
  expect(await readFile(join(root, 'a/cgroup.freeze'), 'utf8')).toBe('1');
});

test('what does not freeze in time goes on, and the error says so', async () => {
  await files({ 'cgroup.controllers': 'cpu\n', 'a/cgroup.events': 'populated 1\nfrozen 0\n', 'a/cgroup.freeze': '0' });
  await expect(new Cgroup('a', root).setFrozen(true, 5)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringContaining('did not stand still within 0.005 s') });
  expect(await readFile(join(root, 'a/cgroup.freeze'), 'utf8')).toBe('0');
});

test('a version 2 group without a CPU limit says so', async () => {
  await files({ 'cgroup.controllers': 'cpu\n', 'a/cpu.max': 'max 100000\n' });
  expect(await new Cgroup('a', root).cpuLimit()).toBeUndefined();
});

test('a group that is gone has killed nothing and holds nothing', async () => {
  await files({ 'memory/cgroup.procs': '', 'pids/cgroup.procs': '' });
  const cgroup = new Cgroup('gone', root);
  expect([await cgroup.oomKills(), await cgroup.processes(), await cgroup.killAll(0)]).toEqual([0, [], true]);
  await cgroup.remove();
});
