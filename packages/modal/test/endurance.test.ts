// A server creates sandboxes for ever: nothing of one may stay once it is destroyed and let go.

import { getChannelzHandlers } from '@grpc/grpc-js';
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from 'vitest';

import { eventually, testModal } from './modal.js';

const modal = testModal();

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

/** The connections of this process that gRPC counts. */
function openChannels(): Promise<number> {
  return new Promise((resolve, reject) => {
    getChannelzHandlers().GetTopChannels({ request: { start_channel_id: 0, max_results: 1000 } } as never, (error, answer) => {
      if (error) reject(new Error(String(error.details)));
      else resolve(answer?.channel?.length ?? 0);
    });
  });
}

/** Creates a sandbox, uses all of it and destroys it, by itself or by its id. */
async function use(byId: boolean): Promise<WeakRef<object>> {
  const { provider } = modal;
  const sandbox = await provider.sandbox.create({ tags: { run: 'endurance' }, metadata: { a: 1 } });
  const waiting = new AbortController();
  const waited = sandbox.waitForPort(1, { signal: waiting.signal }).catch(() => {});
  await sandbox.runCommand('echo x', { signal: AbortSignal.timeout(60_000), cwd: 'tmp' });
  await sandbox.filesystem.writeFile('file', 'x');
  await sandbox.startCommand('sleep 600');
  await sandbox.getInfo();
  expect(await openChannels()).toBeGreaterThan(1);
  waiting.abort();
  await waited;
  if (byId) await provider.sandbox.destroy(sandbox.sandboxId);
  else await sandbox.destroy();
  return new WeakRef(sandbox);
}

test('fifteen sandboxes through one provider leave no object and no connection behind', async () => {
  process.env['MODAL_SANDBOX_CHANNEL_IDLE_TIMEOUT'] = '1';
  try {
    await use(false);
    await eventually(async () => (await openChannels()) === 1, 'the connections of the first to be closed');
    const used: WeakRef<object>[] = [];
    for (let count = 0; count < 15; count++) used.push(await use(count % 2 === 0));
    await eventually(async () => (await openChannels()) === 1, 'the connections to be closed');
    await eventually(() => {
      collectGarbage();
      return used.every((sandbox) => sandbox.deref() === undefined);
    }, 'the sandboxes to be let go');
    expect(await modal.provider.sandbox.list({ tags: { run: 'endurance' } })).toEqual([]);
  } finally {
    delete process.env['MODAL_SANDBOX_CHANNEL_IDLE_TIMEOUT'];
  }
});
