// The packages that npm serves, untouched, on a provider of this one.

import { compute } from 'computesdk-published';
import { createCompute } from '@computesdk/provider';
import { afterEach, expect, test } from 'vitest';
import type { Provider } from '../../src/index.js';
import { processProvider } from '../process-provider.js';

const provider = processProvider();
afterEach(() => provider[Symbol.asyncDispose]());

test('computesdk@4.1.4 creates, runs, streams, reads and writes files, and destroys', async () => {
  compute.setConfig({ provider });
  const sandbox = await compute.sandbox.create({ timeout: 60_000, envs: { A: '1' } });
  let live = '';
  const result = await sandbox.runCommand('echo one && echo two', { onStdout: (data) => (live += data) });
  expect(result).toMatchObject({ stdout: 'one\ntwo\n', exitCode: 0, durationMs: expect.any(Number) });
  expect(live).toBe('one\ntwo\n');
  await sandbox.filesystem.writeFile('a/b', 'text');
  expect(await sandbox.filesystem.readFile('a/b')).toBe('text');
  expect(await sandbox.filesystem.readdir('a')).toMatchObject([{ name: 'b', type: 'file', size: 4, modified: expect.any(Date) }]);
  expect(await compute.sandbox.getById(sandbox.sandboxId)).not.toBeNull();
  expect(await compute.sandbox.list()).toHaveLength(1);
  await compute.sandbox.destroy(sandbox.sandboxId);
  expect(await compute.sandbox.getById(sandbox.sandboxId)).toBeNull();
});

test('computesdk@4.1.4 lets an abort through as an AbortError', async () => {
  const separate = compute({ provider });
  await expect(separate.sandbox.create({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
});

test('computesdk@4.1.4 routes between providers and takes snapshots', async () => {
  const broken = processProvider({ name: 'broken', createError: new Error('no room') });
  const createdAt = new Date();
  const able: Provider = {
    ...provider,
    snapshot: {
      create: async (sandboxId, options) => ({ id: 'sn-1', provider: 'process', createdAt, sandboxId, name: options?.name ?? '' }),
      list: async () => [{ id: 'sn-1', provider: 'process', createdAt }],
      delete: async () => {},
    },
  };
  const routed = compute({ providers: [broken, able] });
  const sandbox = await routed.sandbox.create();
  expect(sandbox.provider).toBe('process');
  expect(await routed.snapshot.create(sandbox.sandboxId, { name: 'n', provider: 'process' })).toMatchObject({ id: 'sn-1', createdAt });
});

test('@computesdk/provider@2.1.5 takes the provider as its default', async () => {
  const separate = createCompute({ defaultProvider: provider });
  const sandbox = await separate.sandbox.create();
  expect(sandbox.getInstance()).toHaveProperty('directory');
  expect(await separate.sandbox.list()).toHaveLength(1);
  await sandbox.destroy();
});
