// Time to interactive: create a sandbox and end its first command, through the SDK; against the OCI runtime alone.

import { startBareRuntime } from './bare-runtime.mjs';
import { withEngine } from './engine.mjs';
import { compare } from './measure.mjs';

export default async function* tti() {
  yield await withEngine(async ({ client, app, image }) => {
    const model = await client.sandboxes.create(app, image);
    const bare = await startBareRuntime(model);
    try {
      return await compare({ name: 'tti', unit: 'ms', runs: 50, warmup: 5, ours: () => createAndRun(client, app, image), peer: () => bare.run() });
    } finally {
      await bare.stop();
      await model.terminate();
    }
  });
}

/** Milliseconds up to the exit of the first command; the sandbox's end is not counted. */
async function createAndRun(client, app, image) {
  const start = performance.now();
  const sandbox = await client.sandboxes.create(app, image);
  await (await sandbox.exec(['true'])).wait();
  const milliseconds = performance.now() - start;
  await sandbox.terminate({ wait: true });
  return { milliseconds };
}
