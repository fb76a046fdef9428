// 100 MB written and read back through the SDK's file API; against a server that only takes and streams.

import { clientOf, withEngine } from './engine.mjs';
import { floorSandbox } from './exec.mjs';
import { compare } from './measure.mjs';
import { startNullServer } from './null-server.mjs';

const MEGABYTES = 100;
const CONTENT = Buffer.alloc(MEGABYTES * 1024 * 1024, 'x');

export default async function* files() {
  yield* await withEngine(async ({ client, app, image }) => {
    const sandbox = await client.sandboxes.create(app, image);
    const floor = await startNullServer({ stdoutBytes: CONTENT.length });
    const floorClient = clientOf(floor.env);
    try {
      const idle = await floorSandbox(floorClient);
      const write = (to) => () => to.filesystem.writeBytes(CONTENT, '/tmp/benchmark');
      const read = (from) => async () => {
        const content = await from.filesystem.readBytes('/tmp/benchmark');
        if (content.length !== CONTENT.length) throw new Error(`${content.length} bytes arrived`);
      };
      const common = { unit: 'MB/s', megabytes: MEGABYTES, runs: 7, warmup: 1 };
      return [
        await compare({ name: 'files/write', ...common, ours: write(sandbox), peer: write(idle) }),
        await compare({ name: 'files/read', ...common, ours: read(sandbox), peer: read(idle) }),
      ];
    } finally {
      floorClient.close();
      floor.stop();
      await sandbox.terminate();
    }
  });
}
