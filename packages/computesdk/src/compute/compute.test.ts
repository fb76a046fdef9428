import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { type ProcessProvider, type ProcessSandbox, processProvider } from '../../test/process-provider.js';
import type { Provider } from '../provider/provider.js';
import { compute } from './compute.js';
import { createCompute } from './create-compute.js';

let provider: ProcessProvider;
let other: ProcessProvider;
beforeEach(() => {
  provider = processProvider();
  other = processProvider({ name: 'other' });
});
afterEach(async () => {
  compute.clearConfig();
  await provider[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

describe('configuration', () => {
  test('defaultProvider and provider are two names of one thing', () => {
    expect(compute.getConfig()).toBeNull();
    compute.setConfig({ defaultProvider: provider });
    expect(compute.getConfig()).toEqual({ defaultProvider: provider, provider });
    compute.setConfig({ provider: other });
    expect(compute.getConfig()?.defaultProvider).toBe(other);
    compute.clearConfig();
    expect(compute.getConfig()).toBeNull();
  });

  test('with both, defaultProvider wins and a warning says so', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    compute.setConfig({ defaultProvider: provider, provider: other });
    expect(compute.getConfig()?.provider).toBe(provider);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });

  test('with neither, setConfig throws and keeps what was', () => {
    compute.setConfig({ provider });
    for (const nothing of [{}, undefined, null]) {
      expect(() => compute.setConfig(nothing as object)).toThrow('Either defaultProvider or provider must be specified in setConfig');
    }
    expect(compute.getConfig()?.provider).toBe(provider);
  });

  test('create takes null for nothing, and refuses what holds no options', async () => {
    compute.setConfig({ provider });
    await using sandbox = await compute.sandbox.create(null as never);
    expect(sandbox.provider).toBe('process');
    await expect(compute.sandbox.create('python' as never)).rejects.toThrow("create() takes an object of options, got 'python'");
  });

  test('what is not a provider is refused', () => {
    expect(() => compute.setConfig({ provider: {} as Provider })).toThrow('A provider must be an object with sandbox.create');
  });

  test.each<[object | string, string]>([
    [{ defaultProvidr: {} }, "Unknown option 'defaultProvidr' of PLACE: did you mean 'defaultProvider'?"],
    [{ providerStrategy: 'roundrobin' }, "providerStrategy must be 'priority' or 'round-robin', got 'roundrobin'"],
    [{ fallbackOnError: 'no' }, "fallbackOnError must be true or false, got 'no'"],
    [{ providers: {} }, 'providers must be an array, got an object'],
    ['modal', "PLACE takes an object with a provider, got 'modal'"],
  ])('%j is refused, not ignored', (config, message) => {
    const given = typeof config === 'string' ? config : { provider, ...config };
    expect(() => compute.setConfig(given as object)).toThrow(message.replace('PLACE', 'setConfig()'));
    expect(() => createCompute(given as object)).toThrow(message.replace('PLACE', 'createCompute()'));
    expect(compute.getConfig()).toBeNull();
  });

  test('what programs of other generations give is taken', () => {
    compute.setConfig({ provider, apiKey: 'k', accessToken: 't', jwt: 'j' });
    compute.setConfig({ providers: [provider, other], providerStrategy: 'round-robin', fallbackOnError: false });
    expect(createCompute(null as never).getConfig()).toBeNull();
  });

  test('without a provider every call says what to do', async () => {
    const message =
      'No default provider configured. Either call compute.setConfig({ defaultProvider }) or pass provider explicitly.';
    await expect(compute.sandbox.create()).rejects.toThrow(message);
    await expect(compute.sandbox.getById('x')).rejects.toThrow(message);
    await expect(compute.sandbox.list()).rejects.toThrow(message);
    await expect(compute.sandbox.destroy('x')).rejects.toThrow(message);
    await expect(createCompute().sandbox.create()).rejects.toMatchObject({ code: 'provider_missing' });
  });
});

describe.each([
  ['the singleton', () => compute],
  ['a compute of its own', () => createCompute()],
  ['a called compute', () => compute({})],
])('sandbox calls of %s', (_name, make) => {
  test('create takes nothing, flat options, nested options, and a provider under either name', async () => {
    const api = make();
    api.setConfig({ provider });
    const optionsOf = (sandbox: { sandboxId: string }): unknown => provider.live.get(sandbox.sandboxId)?.options;
    expect(optionsOf(await api.sandbox.create())).toEqual({});
    expect(optionsOf(await api.sandbox.create({ timeout: 1000, envs: { A: '1' } }))).toEqual({ timeout: 1000, envs: { A: '1' } });
    expect(optionsOf(await api.sandbox.create({ options: { timeout: 2000 } }))).toEqual({ timeout: 2000 });
    expect((await api.sandbox.create({ provider: other })).provider).toBe('other');
    expect((await api.sandbox.create({ defaultProvider: other, options: { timeout: 1 } })).provider).toBe('other');
    expect((await api.sandbox.create({ provider: 'process', timeout: 3 })).provider).toBe('process');
    expect(other.live.size).toBe(2);
  });

  test('getById, list and destroy take a provider in front', async () => {
    const api = make();
    api.setConfig({ provider });
    const mine = await api.sandbox.create({ tags: { team: 'a' } });
    const theirs = await api.sandbox.create({ defaultProvider: other });
    expect((await api.sandbox.getById(mine.sandboxId))?.sandboxId).toBe(mine.sandboxId);
    expect((await api.sandbox.getById(other, theirs.sandboxId))?.provider).toBe('other');
    expect(await api.sandbox.getById(other, 'app-id')).toBeNull();
    expect((await api.sandbox.list()).map((sandbox) => sandbox.sandboxId)).toEqual([mine.sandboxId]);
    expect(await api.sandbox.list({ tags: { team: 'b' } })).toEqual([]);
    expect((await api.sandbox.list(other, { limit: 5 })).map((sandbox) => sandbox.provider)).toEqual(['other']);
    await api.sandbox.destroy(other, 'app-id');
    await api.sandbox.destroy(other, theirs.sandboxId);
    await api.sandbox.destroy(mine.sandboxId);
    expect(provider.live.size + other.live.size).toBe(0);
  });

  test('a provider without an id is refused', async () => {
    const api = make();
    await expect(api.sandbox.getById(provider, '')).rejects.toThrow('sandboxId is required when provider is specified');
    await expect(api.sandbox.destroy(provider, '')).rejects.toMatchObject({ field: 'sandboxId' });
  });
});

describe('create refuses what it cannot honour', () => {
  test.each([
    [{ provider: 'elsewhere' }, "No configured provider is named 'elsewhere' (configured: process)"],
    [{ provider: 7 }, 'provider must be a provider object or the name of a configured provider'],
    [{ options: 'fast' }, 'options must be an object'],
    [{ timeout: 1, options: { timeout: 2 } }, "'timeout' is given twice, beside and inside 'options'"],
  ])('%j', async (params, message) => {
    await expect(compute({ provider }).sandbox.create(params as object)).rejects.toThrow(message);
  });
});

test('snapshots, templates and names that a provider lacks are refused by name', async () => {
  const api = createCompute({ provider });
  await expect(api.snapshot.list()).rejects.toMatchObject({ code: 'unsupported', message: 'Provider process has no snapshots' });
  await expect(api.template.create({ name: 'x' })).rejects.toThrow('Provider process has no templates');
  await expect(api.template.create(undefined as never)).rejects.toThrow('template.create() takes an object with a name');
  await expect(api.sandbox.getOrCreate({ name: 'x' })).rejects.toMatchObject({ code: 'unsupported' });
});

test('snapshots and templates reach the provider without the routing option', async () => {
  const snapshot = { id: 'sn-1', provider: 'process', createdAt: new Date() };
  const create = vi.fn(async () => snapshot);
  const list = vi.fn(async () => [snapshot]);
  const withSnapshots: Provider = { ...provider, snapshot: { create, list, delete: async () => {} } };
  const api = createCompute({ provider: withSnapshots });
  expect(await api.snapshot.create('sb-1', { name: 'n', provider: 'process' })).toBe(snapshot);
  expect(create).toHaveBeenCalledWith('sb-1', { name: 'n' });
  expect(await api.snapshot.list()).toEqual([snapshot]);
});

test('types follow the provider', async () => {
  const api = createCompute({ defaultProvider: provider });
  expectTypeOf((await api.sandbox.create()).getInstance()).toEqualTypeOf<ProcessSandbox>();
  const retyped = createCompute().setConfig({ provider });
  await using sandbox = await retyped.sandbox.create();
  expectTypeOf(sandbox.getInstance()).toEqualTypeOf<ProcessSandbox>();
  const passed = await compute.sandbox.create({ defaultProvider: provider });
  expectTypeOf(passed.getInstance()).toEqualTypeOf<ProcessSandbox>();
});

test('getOrCreate is called in every form of create', async () => {
  const getOrCreate = vi.fn(async () => provider.sandbox.create());
  const named: Provider = { ...provider, sandbox: { ...provider.sandbox, getOrCreate } };
  const api = createCompute({ provider: other });
  for (const place of [{ provider: named }, { defaultProvider: named }]) {
    await (await api.sandbox.getOrCreate({ name: 'x', ...place, options: { timeout: 5 } })).destroy();
    expect(getOrCreate).toHaveBeenLastCalledWith({ name: 'x', timeout: 5 });
  }
  await expect(createCompute({ provider: named }).sandbox.getOrCreate({} as never)).rejects.toThrow('name is required');
});
