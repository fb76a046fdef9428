// One command in a running sandbox, through the SDK; against `nsenter` into the same sandbox, and against a server that runs nothing.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { clientOf, withEngine } from './engine.mjs';
import { compare } from './measure.mjs';
import { startNullServer } from './null-server.mjs';
import { hostPidOf } from './bare-runtime.mjs';

const run = promisify(execFile);

export default async function* exec() {
  yield* await withEngine(async ({ client, app, image }) => {
    const sandbox = await client.sandboxes.create(app, image);
    const floor = await startNullServer();
    const floorClient = clientOf(floor.env);
    try {
      const idle = await floorSandbox(floorClient);
      const pid = hostPidOf(sandbox);
      const ours = async () => (await sandbox.exec(['true'])).wait();
      return [
        await compare({ name: 'exec/nsenter', unit: 'ms', runs: 200, warmup: 100, ours, peer: () => run('nsenter', ['-t', pid, '-a', 'true']) }),
        await compare({ name: 'exec/sdk-floor', unit: 'ms', runs: 200, warmup: 100, ours, peer: async () => (await idle.exec(['true'])).wait() }),
      ];
    } finally {
      floorClient.close();
      floor.stop();
      await sandbox.terminate();
    }
  });
}

export async function floorSandbox(client) {
  const app = await client.apps.fromName('benchmark');
  return client.sandboxes.create(app, await client.images.fromRegistry('any').build(app));
}
