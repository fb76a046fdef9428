import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestHost, type TestHost } from '../testing/test-host.js';
import { ownerAlias } from '../../network/veth/owner.js';
import { engineName, reapNetwork } from '../../network/veth/reap.js';
import { cgroupTrees } from './cgroups.js';
import { runChecked, runCommand } from './command.js';
import { reapLeftovers } from './leftovers.js';
import { isAlive, processStartTime } from './process-identity.js';
import { type Instance, listInstances, registerInstance } from './registry.js';

let alive: TestHost;

beforeAll(async () => {
  alive = await openTestHost();
});
afterAll(async () => await alive[Symbol.asyncDispose]());

/** Makes the record say what it says after `kill -9`: a process that no longer exists. */
async function pretendDead(instance: Instance): Promise<void> {
  const path = join(instance.runDirectory, 'instance.json');
  const record: Record<string, unknown> = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...record, startTime: 1 }));
}

test('all that a killed engine left is removed, and a live engine keeps its own', async () => {
  const dead = await openTestHost();
  const kept = await alive.sandbox();
  const lost = await dead.sandbox();
  const name = `${engineName(dead.instance.engineId.slice(0, 6))}-1`;
  await runChecked(['ip', 'netns', 'add', name]);
  await runChecked(['ip', 'link', 'add', name, 'type', 'bridge']);
  await pretendDead(dead.instance);
  const exited = lost.container.exited;

  expect(await reapLeftovers()).toContain(dead.instance.engineId);

  await exited;
  expect(processStartTime(lost.container.pid)).toBeUndefined();
  expect(cgroupTrees(`modal-local/${dead.instance.engineId}`).filter((tree) => existsSync(tree))).toEqual([]);
  expect(existsSync(dead.instance.runDirectory)).toBe(false);
  expect(existsSync(dead.stateDir)).toBe(false);
  expect(existsSync(`/sys/class/net/${name}`)).toBe(false);
  expect(existsSync(`/run/netns/${name}`)).toBe(false);
  expect((await runCommand(['pgrep', '-f', dead.instance.runDirectory])).stdout).toBe('');
  expect((await kept.sh('echo still here')).output).toBe('still here\n');
  expect(await reapLeftovers()).not.toContain(dead.instance.engineId);
});

test('a state directory that is to be kept loses only what its sandboxes wrote', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'modal-local-kept-'));
  await runChecked(['mkdir', '-p', join(stateDir, 'sb/one'), join(stateDir, 'l/layer')]);
  await pretendDead(await registerInstance({ stateDir, ephemeral: false }));
  await reapLeftovers();
  expect([existsSync(join(stateDir, 'sb')), existsSync(join(stateDir, 'l/layer'))]).toEqual([false, true]);
  await runChecked(['rm', '-r', stateDir]);
});

test('control groups and directories whose engine has no record are removed', async () => {
  const paths = [...cgroupTrees('modal-local/0123456789ab'), '/run/modal-local/0123456789ab/roots'];
  await runChecked(['mkdir', '-p', ...paths]);
  await reapLeftovers();
  expect(paths.filter((path) => existsSync(path))).toEqual([]);
});

test('networks are removed when their owner has died, without any record; others stay', async () => {
  const own = ownerAlias();
  const [, space = '', pid = '', startTime = ''] = own.split(':');
  const aliases = { dead: `modal-local:${space}:${pid}:1`, alive: own, foreign: `modal-local:1:${pid}:${startTime}`, silent: 'none' };
  const names = new Map(Object.keys(aliases).map((owner) => [owner, `ml${randomBytes(3).toString('hex')}`]));
  for (const [owner, alias] of Object.entries(aliases)) {
    const name = names.get(owner) ?? '';
    await runChecked(['ip', 'link', 'add', name, 'type', 'bridge']);
    await runChecked(['ip', 'link', 'set', name, 'alias', alias]);
    await runChecked(['ip', 'netns', 'add', `${name}-1`]);
    await runChecked(['nft', 'add', 'table', 'inet', name]);
  }
  try {
    await reapLeftovers();
    const tables = await runChecked(['nft', 'list', 'tables']);
    const left = [...names].filter(([, name]) => existsSync(`/sys/class/net/${name}`) || existsSync(`/run/netns/${name}-1`) || tables.includes(name));
    expect(left.map(([owner]) => owner)).toEqual(['alive', 'foreign', 'silent']);
  } finally {
    for (const name of names.values()) await reapNetwork(name.slice(2));
  }
});

test('two engines that clean up at once do not get in each other’s way', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'modal-local-twice-'));
  await pretendDead(await registerInstance({ stateDir, ephemeral: true }));
  await Promise.all([reapLeftovers(), reapLeftovers(), reapLeftovers()]);
  expect(existsSync(stateDir)).toBe(false);
});

test('an engine is known by its process, not by its process id', async () => {
  const instance = await registerInstance({ stateDir: '/nonexistent', ephemeral: false });
  const record = (await listInstances()).find(({ engineId }) => engineId === instance.engineId);
  expect(record).toMatchObject({ pid: process.pid, alive: true });
  expect(isAlive({ pid: process.pid, startTime: 1 })).toBe(false);
  await instance[Symbol.asyncDispose]();
  expect((await listInstances()).some(({ engineId }) => engineId === instance.engineId)).toBe(false);
});

test('a container that was frozen when its engine was killed goes as well', async () => {
  const dead = await openTestHost();
  const lost = await dead.sandbox();
  await lost.container.pause();
  await pretendDead(dead.instance);

  expect(await reapLeftovers()).toContain(dead.instance.engineId);

  await lost.container.exited;
  expect(processStartTime(lost.container.pid)).toBeUndefined();
  expect(cgroupTrees(`modal-local/${dead.instance.engineId}`).filter((tree) => existsSync(tree))).toEqual([]);
});
