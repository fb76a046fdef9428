// Create, first command and its output through our provider; against the bare SDK on the same engine.

import { modal } from '@computesdk/modal';

import { withEngine } from './engine.mjs';
import { compare } from './measure.mjs';

export default async function* provider() {
  yield* await withEngine(async ({ engine, client, app, image }) => {
    const ours = modal({ tokenId: engine.env.MODAL_TOKEN_ID, tokenSecret: engine.env.MODAL_TOKEN_SECRET });
    const kept = await ours.sandbox.create();
    const bare = await client.sandboxes.create(app, image);
    try {
      return [
        await compare({
          name: 'provider/create',
          unit: 'ms',
          runs: 30,
          ours: () => timed(() => ours.sandbox.create(), (sandbox) => sandbox.runCommand('echo', ['hi']), (sandbox) => sandbox.destroy()),
          peer: () => timed(() => client.sandboxes.create(app, image), (sandbox) => output(sandbox), (sandbox) => sandbox.terminate()),
        }),
        await compare({
          name: 'provider/command',
          unit: 'ms',
          runs: 200,
          warmup: 50,
          ours: () => kept.runCommand('echo', ['hi']),
          peer: () => output(bare),
        }),
      ];
    } finally {
      await Promise.all([kept.destroy(), bare.terminate()]);
      await ours.close();
    }
  });
}

async function output(sandbox) {
  const process = await sandbox.exec(['echo', 'hi']);
  const [stdout, stderr, exitCode] = await Promise.all([process.stdout.readText(), process.stderr.readText(), process.wait()]);
  return { stdout, stderr, exitCode };
}

/** Milliseconds of creation and first use; the end is not counted. */
async function timed(create, use, end) {
  const start = performance.now();
  const sandbox = await create();
  await use(sandbox);
  const milliseconds = performance.now() - start;
  await end(sandbox);
  return { milliseconds };
}
