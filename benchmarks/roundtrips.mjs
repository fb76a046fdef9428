// Create and first command when each way takes 20 ms more: our provider against the published one and the bare SDK, cold (a
// new provider or client) and warm, all on one engine behind the same proxy.

import { modal } from '@computesdk/modal';
import { modal as publishedModal } from '@computesdk/modal-published';
import { startLocalModal } from '@computesdk/modal-local';

import { clientOf } from './engine.mjs';
import { startDelayProxy } from './delay-proxy.mjs';
import { compare } from './measure.mjs';

const ONE_WAY_MS = 20;
const RUNS = 10;

export default async function* roundtrips() {
  const proxy = await startDelayProxy(ONE_WAY_MS);
  const engine = await startLocalModal({ advertisedUrl: proxy.url });
  proxy.forwardTo(Number(new URL(engine.url).port));
  const env = { ...engine.env, MODAL_SERVER_URL: proxy.url };
  try {
    const peers = { published: throughPublished(env), sdk: throughSdk(env) };
    for (const [peer, makePeer] of Object.entries(peers)) {
      yield await compare({ name: `roundtrips/cold/${peer}`, unit: 'ms', runs: RUNS, warmup: 1, ours: cold(throughOurs(env)), peer: cold(makePeer) });
      const [ours, theirs] = [throughOurs(env)(), makePeer()];
      yield await compare({ name: `roundtrips/warm/${peer}`, unit: 'ms', runs: RUNS, warmup: 2, ours: () => use(ours), peer: () => use(theirs) });
      await Promise.all([ours.close(), theirs.close()]);
    }
  } finally {
    await engine.stop();
    await proxy.stop();
  }
}

function cold(make) {
  return async () => {
    const user = make();
    const result = await use(user);
    await user.close();
    return result;
  };
}

/** Milliseconds of creation and first command; the sandbox's end is not counted. */
async function use({ create }) {
  const start = performance.now();
  const sandbox = await create();
  await sandbox.echo();
  const milliseconds = performance.now() - start;
  await sandbox.end();
  return { milliseconds };
}

function throughOurs(env) {
  return () => {
    setEnvironment(env);
    const provider = modal({ tokenId: env.MODAL_TOKEN_ID, tokenSecret: env.MODAL_TOKEN_SECRET });
    return {
      async create() {
        const sandbox = await provider.sandbox.create();
        return { echo: () => sandbox.runCommand('echo', ['hi']), end: () => sandbox.destroy() };
      },
      close: () => provider.close(),
    };
  };
}

function throughPublished(env) {
  return () => {
    setEnvironment(env);
    const provider = publishedModal({ tokenId: env.MODAL_TOKEN_ID, tokenSecret: env.MODAL_TOKEN_SECRET });
    return {
      async create() {
        const sandbox = await provider.sandbox.create();
        return { echo: () => sandbox.runCommand('echo hi'), end: () => sandbox.destroy() };
      },
      close: async () => undefined,
    };
  };
}

function throughSdk(env) {
  return () => {
    const client = clientOf(env);
    let target;
    return {
      async create() {
        target ??= prepare(client);
        const { app, image } = await target;
        const sandbox = await client.sandboxes.create(app, image);
        return { echo: () => echo(sandbox), end: () => sandbox.terminate() };
      },
      close: async () => client.close(),
    };
  };
}

async function prepare(client) {
  const app = await client.apps.fromName('benchmark', { createIfMissing: true });
  return { app, image: client.images.fromRegistry('python:3.13-slim') };
}

async function echo(sandbox) {
  const process = await sandbox.exec(['echo', 'hi']);
  await Promise.all([process.stdout.readText(), process.stderr.readText(), process.wait()]);
}

function setEnvironment(env) {
  Object.assign(process.env, env, { MODAL_LOGLEVEL: 'error' });
}
