// Where HTTPS connections arrive that the ruleset has turned away from the internet because an interceptor covers a
// name of their address. By the name that the client asks for, they go to the interceptor, or on as they are: an
// address may serve many names.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Interceptor } from '../driver.js';
import { parseClientHello } from './client-hello.js';

const CONNECTIONS_LIMIT = 1024;
const HELLO_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 15_000;
const HTTPS_PORT = 443;

/** A sandbox as the gateway sees it. */
export interface GatewayClient {
  /** None for a sandbox that got the address of one that had some: its connections go on as they are. */
  readonly interceptor: Interceptor | undefined;
  /** An address of the name that the sandbox's policy permits; undefined when there is none. */
  permittedAddress(host: string): Promise<string | undefined>;
}

export interface Gateway extends AsyncDisposable {
  readonly port: number;
  /** Ends connections of one sandbox to names that are not permitted any more. */
  recheck(address: string): Promise<void>;
}

export async function startGateway(listenAddress: string, clientAt: (address: string) => GatewayClient | undefined): Promise<Gateway> {
  const open = new Map<Socket, { source: string; host: string }>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    const source = socket.remoteAddress;
    const client = source === undefined ? undefined : clientAt(source);
    if (source === undefined || client === undefined) return void socket.destroy();
    open.set(socket, { source, host: '' });
    socket.once('close', () => open.delete(socket));
    void accept(socket, client, (host) => open.set(socket, { source, host }));
  });
  server.maxConnections = CONNECTIONS_LIMIT;
  server.listen(0, listenAddress);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async recheck(address) {
      const client = clientAt(address);
      for (const [socket, { source, host }] of open) {
        if (source === address && (client === undefined || (await client.permittedAddress(host)) === undefined)) socket.destroy();
      }
    },
    [Symbol.asyncDispose]: () => close(server, open.keys()),
  };
}

async function accept(socket: Socket, client: GatewayClient, named: (host: string) => void): Promise<void> {
  const hello = await readHello(socket);
  // Without a name there is no telling where it was meant to go.
  if (hello === undefined) return void socket.destroy();
  const { host, bytes } = hello;
  named(host);
  socket.unshift(bytes);
  if (client.interceptor?.covers(host)) return client.interceptor.serve(socket, host, () => reach(client, host));
  try {
    const outside = await reach(client, host);
    outside.on('error', () => socket.destroy());
    outside.once('close', () => (outside.readableEnded ? socket.destroySoon() : socket.destroy()));
    socket.once('close', () => outside.destroy());
    socket.pipe(outside).pipe(socket);
  } catch {
    // Not permitted, or not reached: the sandbox sees its connection closed.
    socket.destroy();
  }
}

async function reach(client: GatewayClient, host: string): Promise<Socket> {
  const address = await client.permittedAddress(host);
  if (address === undefined) throw new Error(`the network policy does not permit ${host}`);
  const outside = connect({ host: address, port: HTTPS_PORT, noDelay: true });
  const timer = setTimeout(() => outside.destroy(new Error(`${host} does not answer`)), CONNECT_TIMEOUT_MS);
  try {
    await once(outside, 'connect');
    return outside;
  } finally {
    clearTimeout(timer);
  }
}

async function readHello(socket: Socket): Promise<{ host: string; bytes: Buffer } | undefined> {
  const timer = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
  let bytes = Buffer.alloc(0);
  try {
    for (;;) {
      const chunk = (socket.read() ?? undefined) as Buffer | undefined;
      if (chunk === undefined) {
        if (socket.readableEnded || socket.destroyed) return undefined;
        await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
        continue;
      }
      bytes = Buffer.concat([bytes, chunk]);
      const hello = parseClientHello(bytes);
      if (hello.kind === 'not-tls') return undefined;
      if (hello.kind === 'hello') return hello.serverName === undefined ? undefined : { host: hello.serverName, bytes };
    }
  } catch {
    // The connection failed before it said anything.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function close(server: Server, sockets: Iterable<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
}
