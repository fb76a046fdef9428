// 200 MB of a command's output read through the SDK; against a server that only streams.

import { clientOf, withEngine } from './engine.mjs';
import { floorSandbox } from './exec.mjs';
import { compare } from './measure.mjs';
import { startNullServer } from './null-server.mjs';

const MEGABYTES = 200;

export default async function* stdout() {
  yield await withEngine(async ({ client, app, image }) => {
    const sandbox = await client.sandboxes.create(app, image);
    const floor = await startNullServer({ stdoutBytes: MEGABYTES * 1024 * 1024 });
    const floorClient = clientOf(floor.env);
    try {
      const idle = await floorSandbox(floorClient);
      const read = (from) => async () => {
        const process = await from.exec(['head', '-c', `${MEGABYTES}M`, '/dev/zero'], { mode: 'binary', stderr: 'ignore' });
        let received = 0;
        for await (const chunk of process.stdout) received += chunk.length;
        if (received !== MEGABYTES * 1024 * 1024) throw new Error(`${received} bytes arrived`);
      };
      return await compare({ name: 'stdout', unit: 'MB/s', megabytes: MEGABYTES, runs: 7, warmup: 1, ours: read(sandbox), peer: read(idle) });
    } finally {
      floorClient.close();
      floor.stop();
      await sandbox.terminate();
    }
  });
}
