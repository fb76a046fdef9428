// A server socket on 127.0.0.1 whose connections are counted, checked, and cut when the sandbox ends.

import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { InboundCheck } from './inbound.js';

/** Connections to one port of one sandbox at a time. */
const CONNECTIONS_LIMIT = 1024;

export interface InboundRules {
  admits: InboundCheck;
  /** Marks the sandbox as used until the returned function is called. */
  busy(): () => void;
}

export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, { admits, busy }: InboundRules) {
    this.#server = server;
    server.maxConnections = CONNECTIONS_LIMIT;
    // A TLS server reports the raw connection here, before the handshake.
    server.prependListener('connection', (socket: Socket) => {
      if (!admits(socket.remoteAddress)) return void socket.destroy();
      const idle = busy();
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        idle();
      });
    });
  }

  /** The port that the kernel picked. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing connects; what was connected is cut. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
