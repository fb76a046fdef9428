// The open ports of one sandbox, each reachable on a port of 127.0.0.1. Connections go through the agent, so that a
// server on the sandbox's own loopback is reached too, whatever its network policy.

import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { EngineError } from '../errors.js';
import type { TunnelCertificate } from '../certificates/tunnel-certificate.js';
import { Listener, type InboundRules } from './listener.js';

export interface PortRequest {
  port: number;
  /**
   * `https`: TLS ends at the tunnel. `h2`: likewise, and offers HTTP/2 to the client.
   * `tcp`: as `https`, and the bytes as they are on a second port.
   */
  kind: 'https' | 'h2' | 'tcp';
}

export interface Tunnel {
  containerPort: number;
  /** For `https://127.0.0.1:PORT`. */
  port: number;
  /** For raw TCP to 127.0.0.1. */
  rawPort?: number;
}

export type Dial = (port: number) => Promise<Duplex>;

export const TUNNEL_HOST = '127.0.0.1';

/** Throws INVALID_ARGUMENT. */
export function checkPorts(ports: readonly PortRequest[]): void {
  for (const [index, { port }] of ports.entries()) {
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      throw new EngineError('INVALID_ARGUMENT', `open_ports: ${port} is not a port between 1 and 65535`);
    }
    if (ports.findIndex((other) => other.port === port) !== index) {
      throw new EngineError('INVALID_ARGUMENT', `open_ports: port ${port} is listed twice`);
    }
  }
}

export class Tunnels {
  readonly #listeners: Listener[] = [];
  #open: readonly Tunnel[] = [];
  #closed = false;

  get list(): readonly Tunnel[] {
    return this.#open;
  }

  async open(ports: readonly PortRequest[], dial: Dial, options: { certificate: TunnelCertificate; rules: InboundRules }): Promise<void> {
    const { certificate, rules } = options;
    const listen = (server: Server): Promise<number> => {
      const listener = new Listener(server, rules);
      this.#listeners.push(listener);
      return listener.listen();
    };
    const open = await Promise.all(
      ports.map(async ({ port, kind }): Promise<Tunnel> => {
        const secure = await listen(tlsServer(kind, certificate, () => dial(port)));
        if (kind !== 'tcp') return { containerPort: port, port: secure };
        const raw = createTcpServer({ allowHalfOpen: true, noDelay: true }, (socket) => void join(socket, () => dial(port)));
        return { containerPort: port, port: secure, rawPort: await listen(raw) };
      }),
    );
    if (this.#closed) return this.close();
    this.#open = open;
  }

  /** Unbinds the ports and cuts the connections. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners.splice(0)) listener.close();
    this.#open = [];
  }
}

function tlsServer(kind: PortRequest['kind'], { certificate, key }: TunnelCertificate, dial: () => Promise<Duplex>): Server {
  const ALPNProtocols = kind === 'h2' ? ['h2', 'http/1.1'] : ['http/1.1'];
  const server = createTlsServer({ cert: certificate, key, ALPNProtocols, allowHalfOpen: true, noDelay: true }, (socket) => void join(socket, dial));
  // A client that fails the handshake is told by TLS; its connection is closed already.
  server.on('tlsClientError', () => undefined);
  return server;
}

/** Either side's end reaches the other, after all that was sent; a failure, or nobody listening inside, cuts both. */
async function join(client: Socket, dial: () => Promise<Duplex>): Promise<void> {
  client.on('error', () => client.destroy());
  client.pause();
  try {
    const inside = await dial();
    inside.on('error', () => client.destroy());
    inside.once('close', () => (inside.readableEnded ? client.destroySoon() : client.destroy()));
    client.once('close', () => {
      if (!client.readableEnded || !inside.readableEnded) inside.destroy();
    });
    if (client.destroyed) return void inside.destroy();
    client.pipe(inside);
    inside.pipe(client);
  } catch {
    // Nothing listens on that port of the sandbox: the client sees its connection closed, as it would there.
    client.destroy();
  }
}
