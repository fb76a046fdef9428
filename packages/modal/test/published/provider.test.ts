// The published @computesdk/provider@2.1.5 on our provider.

import { createCompute } from '@computesdk/provider';
import { Sandbox as SdkSandbox } from 'modal';
import { expect, test } from 'vitest';

import { testModal } from '../modal.js';

const modal = testModal();

test('createCompute takes the provider as its default', async () => {
  const compute = createCompute({ defaultProvider: modal.provider });
  const sandbox = await compute.sandbox.create();
  try {
    expect(sandbox.getInstance()).toBeInstanceOf(SdkSandbox);
    expect(sandbox.getProvider()).toBe(modal.provider);
    expect((await sandbox.runCommand('echo hi')).stdout).toBe('hi\n');
    expect((await compute.sandbox.list()).length).toBeGreaterThan(0);
  } finally {
    await sandbox.destroy();
  }
  expect(await compute.sandbox.getById(sandbox.sandboxId)).toBeNull();
});
