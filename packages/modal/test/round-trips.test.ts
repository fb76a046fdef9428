import { expect, test } from 'vitest';

import { callsOf, roundsOf } from './wire.js';
import { onCloud, testModal } from './modal.js';

const modal = testModal();

// Closing the input of a program that runs longer than a moment goes on beside the others.
const besides = ['TaskExecStdinWrite'];
const sent = async (action: () => Promise<unknown>) => (await callsOf(action)).filter((name) => !besides.includes(name)).sort();

const command = ['TaskExecStart', 'TaskExecStdioRead', 'TaskExecStdioRead', 'TaskExecWait'];

test('the first create asks once for everything', async () => {
  const provider = modal.another();
  const names = await sent(async () => (await provider.sandbox.create()).destroy());
  expect(names).toEqual(['AppGetOrCreate', 'AuthTokenGet', 'EnvironmentGetOrCreate', 'ImageGetOrCreate', 'SandboxCreateV2', 'SandboxTerminateV2']);
});

test('five first creates at once share every look-up', async () => {
  const provider = modal.another();
  const names = await sent(async () => {
    const sandboxes = await Promise.all(Array.from({ length: 5 }, () => provider.sandbox.create()));
    await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
  });
  const once = ['AppGetOrCreate', 'AuthTokenGet', 'EnvironmentGetOrCreate', 'ImageGetOrCreate'];
  expect(names).toEqual([...once, ...Array<string>(5).fill('SandboxCreateV2'), ...Array<string>(5).fill('SandboxTerminateV2')]);
});

test('a warm create is one call, and a command its start and its streams', async () => {
  await (await modal.provider.sandbox.create()).destroy();
  let sandbox = await modal.sandbox();
  const create = await sent(async () => {
    sandbox = await modal.sandbox({ env: { A: '1' }, tags: { a: '1' }, metadata: { b: 2 }, timeout: 60_000, name: `name-${Date.now()}` });
  });
  expect(create).toEqual(['SandboxCreateV2']);
  expect(await sent(() => sandbox.runCommand('true', []))).toEqual(command);
  expect(await sent(() => sandbox.runCommand('echo hi', { cwd: '/tmp', env: { A: '1' }, timeout: 5000 }))).toEqual(command);
  expect(await sent(() => sandbox.runCode('print(1)'))).toEqual(command);
});

test('named volumes and secrets of the factory are looked up once', async () => {
  const name = `volume-${crypto.randomUUID().slice(0, 8)}`;
  const provider = modal.another({ volumes: { '/data': name } });
  await (await provider.sandbox.create()).destroy();
  const names = await sent(async () => (await provider.sandbox.create()).destroy());
  expect(names).toEqual(['SandboxCreateV2', 'SandboxTerminateV2']);

  // Deleted by somebody else: looked up again, once.
  await modal.provider.getClient().volumes.delete(name);
  const after = await sent(async () => (await provider.sandbox.create()).destroy());
  expect(after.filter((call) => call === 'SandboxCreateV2')).toHaveLength(2);
  await modal.provider.getClient().volumes.delete(name);
});

test('facts of a sandbox are two calls at once, its end is one', async () => {
  const sandbox = await modal.sandbox();
  expect(await sent(() => sandbox.getInfo())).toEqual(['SandboxTagsGetV2', 'SandboxWaitV2']);
  expect(await sent(() => modal.provider.sandbox.getById(sandbox.sandboxId))).toEqual(['SandboxWaitV2']);
  expect(await sent(() => sandbox.destroy())).toEqual(['SandboxTerminateV2']);
  expect(await sent(() => sandbox.destroy())).toEqual([]);
});

// Calls that do not wait for each other are all on their way before the delayed answers are.
test.skipIf(onCloud)('calls wait for each other no more than they must', async () => {
  const provider = modal.another();
  await modal.local?.controls.inject({ delayMs: 300 });
  const use = async () => {
    const sandbox = await provider.sandbox.create();
    await sandbox.runCommand('true', []);
    return sandbox;
  };
  const sandboxes: { destroy(): Promise<void> }[] = [];
  // Token; app and environment; image; create; start; end and output.
  expect(await roundsOf(async () => sandboxes.push(await use()))).toBe(6);
  // Create; start; end and output.
  expect(await roundsOf(async () => sandboxes.push(await use()))).toBe(3);
  modal.local?.controls.clearFaults();
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
});
