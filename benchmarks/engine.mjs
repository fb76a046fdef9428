// An engine and a client of Modal's SDK for the length of one benchmark.

import { startLocalModal } from '@computesdk/modal-local';
import { ModalClient } from 'modal';

export async function withEngine(use) {
  const engine = await startLocalModal();
  const client = clientOf(engine.env);
  try {
    const app = await client.apps.fromName('benchmark', { createIfMissing: true });
    const image = await client.images.fromRegistry('python:3.13-slim').build(app);
    return await use({ engine, client, app, image });
  } finally {
    client.close();
    await engine.stop();
  }
}

export function clientOf(env) {
  // The SDK warns once a sandbox that a local router is dialled in plaintext.
  process.env.MODAL_LOGLEVEL ??= 'error';
  process.env.MODAL_SERVER_URL = env.MODAL_SERVER_URL;
  return new ModalClient({ tokenId: env.MODAL_TOKEN_ID, tokenSecret: env.MODAL_TOKEN_SECRET });
}
