// A TCP proxy on 127.0.0.1 that holds every chunk back for a while, each way: the distance to a cloud.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Listens at once; `forwardTo(port)` says where to, before the first connection. */
export async function startDelayProxy(milliseconds) {
  let target;
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), milliseconds));
      from.on('end', () => setTimeout(() => to.end(), milliseconds));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    forwardTo(port) {
      target = port;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
