import type { Sandbox } from 'modal';
import { describe, expect, it } from 'vitest';

import { testEngine } from './engine.js';

const engine = testEngine();

describe('what only the cloud can do', () => {
  it('takes no memory snapshot, and says what to do instead', async () => {
    const sandbox = await engine.sandbox();
    await expect(sandbox.experimentalSnapshot()).rejects.toThrow(/UNIMPLEMENTED: A memory snapshot needs Modal's own container kernel.*snapshotFilesystem/);
    const { cpClient } = engine.client;
    await expect(cpClient.sandboxSnapshot({ sandboxId: sandbox.sandboxId })).rejects.toThrow(/UNIMPLEMENTED.*snapshotFilesystem/);
  });

  it('knows no memory snapshot of elsewhere', async () => {
    const { cpClient } = engine.client;
    const snapshotId = 'sn-elsewhere';
    for (const call of [
      cpClient.sandboxSnapshotGet({ snapshotId }),
      cpClient.sandboxSnapshotWait({ snapshotId, timeout: 0 }),
      cpClient.sandboxRestore({ snapshotId }),
      cpClient.sandboxRestoreV2({ snapshotId }),
    ]) {
      await expect(call).rejects.toThrow(/NOT_FOUND: Sandbox snapshot 'sn-elsewhere' not found/);
    }
  });

  it('refuses a sandbox that should be fit for memory snapshots', async () => {
    await expect(engine.sandbox({ experimentalOptions: { enable_snapshot: true }, experimentalEnableSnapshot: true })).rejects.toThrow(/INVALID_ARGUMENT.*enable_snapshot.*snapshotFilesystem/);
  });

  it.each(['vm', 'gvisor'] as const)('refuses the isolation of %s instead of giving less', async (runtime) => {
    await expect(engine.sandbox({ runtime })).rejects.toThrow(/INVALID_ARGUMENT.*runtime.*share its kernel/);
  });

  it('lends no GPU, and says so', async () => {
    await expect(engine.sandbox({ gpu: 'H100' })).rejects.toThrow(/INVALID_ARGUMENT.*This machine lends no GPU to sandboxes/);
  });

  it('runs no Functions, keeps no metrics and no blobs', async () => {
    const { cpClient } = engine.client;
    await expect(engine.client.functions.fromName('app', 'function')).rejects.toThrow('not found');
    await expect(cpClient.blobGet({ blobId: 'bl-1' })).rejects.toThrow(/UNIMPLEMENTED.*Volume/);
    await expect(cpClient.functionGetCurrentStats({ functionId: 'fu-1' })).rejects.toThrow(/UNIMPLEMENTED.*metrics/);
  });
});

describe('names of clouds and regions', () => {
  it('are accepted when Modal has them', async () => {
    const sandbox: Sandbox = await engine.sandbox({ cloud: 'aws', regions: ['us-east', 'eu-west-1'] });
    expect(await sandbox.poll()).toBeNull();
  });

  it('are refused, by name, when it has not', async () => {
    await expect(engine.sandbox({ cloud: 'ibm' })).rejects.toThrow("INVALID_ARGUMENT: cloud: 'ibm' is no cloud provider of Modal");
    await expect(engine.sandbox({ regions: ['us-est'] })).rejects.toThrow("INVALID_ARGUMENT: region: 'us-est' is no region of Modal");
  });
});
