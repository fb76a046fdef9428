import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProcessProvider, processProvider } from '../../test/process-provider.js';
import { AbortedError } from '../errors/index.js';
import type { Provider } from '../provider/provider.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { createCompute } from './create-compute.js';

let first: ProcessProvider;
let second: ProcessProvider;
beforeEach(() => {
  first = processProvider({ name: 'first' });
  second = processProvider({ name: 'second' });
});
afterEach(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

test('priority always begins with the first, round-robin takes turns', async () => {
  const priority = createCompute({ providers: [first, second] });
  expect([(await priority.sandbox.create()).provider, (await priority.sandbox.create()).provider]).toEqual(['first', 'first']);
  const turns = createCompute({ providers: [first, second], providerStrategy: 'round-robin' });
  const names = [await turns.sandbox.create(), await turns.sandbox.create(), await turns.sandbox.create()];
  expect(names.map((sandbox) => sandbox.provider)).toEqual(['first', 'second', 'first']);
});

test('a failed create goes on with the next provider; when all fail, the error names each', async () => {
  const broken = processProvider({ name: 'broken', createError: new Error('no room') });
  const compute = createCompute({ providers: [broken, second] });
  expect((await compute.sandbox.create()).provider).toBe('second');
  const hopeless = createCompute({ providers: [broken, processProvider({ name: 'down', createError: new Error('away') })] });
  await expect(hopeless.sandbox.create()).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Failed to create a sandbox with any of 2 providers.\n- broken: no room\n- down: away',
  });
});

test('without fallback, and after an abort, the error arrives as it is', async () => {
  const error = new Error('no room');
  const strict = createCompute({ providers: [processProvider({ createError: error }), second], fallbackOnError: false });
  await expect(strict.sandbox.create()).rejects.toBe(error);
  const aborted = createCompute({ providers: [processProvider({ createError: new AbortedError() }), second] });
  await expect(aborted.sandbox.create()).rejects.toMatchObject({ name: 'AbortError' });
  expect(second.live.size).toBe(0);
});

test('sandboxes are found, listed and destroyed wherever they were made', async () => {
  const compute = createCompute({ providers: [first, second] });
  const made = await second.sandbox.create();
  const named = await compute.sandbox.create({ provider: 'second' });
  expect((await compute.sandbox.getById(made.sandboxId))?.provider).toBe('second');
  expect(await compute.sandbox.getById('nowhere')).toBeNull();
  expect((await compute.sandbox.list()).map((sandbox) => sandbox.sandboxId)).toEqual([made.sandboxId, named.sandboxId]);
  await compute.sandbox.destroy(made.sandboxId);
  await compute.sandbox.destroy('nowhere');
  expect([...second.live.keys()]).toEqual([named.sandboxId]);
});

test('a name is found where it was first made, in turns or not; it goes on with the next provider that knows names', async () => {
  const named = (provider: ProcessProvider, getOrCreate: (options: { name: string }) => Promise<Sandbox>): Provider => ({
    ...provider,
    sandbox: { ...provider.sandbox, getOrCreate },
  });
  const byName = new Map<string, Sandbox>();
  const knowing = named(second, async ({ name }) => {
    const sandbox = byName.get(name) ?? (await second.sandbox.create());
    byName.set(name, sandbox);
    return sandbox;
  });
  const turns = createCompute({ providers: [first, knowing, named(first, () => first.sandbox.create())], providerStrategy: 'round-robin' });
  const made = await turns.sandbox.getOrCreate({ name: 'worker' });
  expect((await turns.sandbox.getOrCreate({ name: 'worker' })).sandboxId).toBe(made.sandboxId);
  const broken = named(first, () => Promise.reject(new Error('no room')));
  expect((await createCompute({ providers: [broken, knowing] }).sandbox.getOrCreate({ name: 'worker' })).sandboxId).toBe(made.sandboxId);
  await expect(createCompute({ providers: [first, second] }).sandbox.getOrCreate({ name: 'x' })).rejects.toMatchObject({ code: 'unsupported' });
});
