// An HTTP server on a free port of 127.0.0.1 for the length of a test.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ask } from './exercise.js';

export interface Listening extends AsyncDisposable {
  ask: Ask;
}

/** Serves `listener`; `ask` sends requests to /api/compute. */
export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ask: (init) => fetch(`http://127.0.0.1:${port}/api/compute`, init),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
