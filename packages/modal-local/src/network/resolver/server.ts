// A name server on the bridge's address, UDP and TCP on one port. It tells sandboxes apart by their source address,
// which they cannot forge: none holds CAP_NET_ADMIN or CAP_NET_RAW over its namespace.

import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { answer, type ResolverClient } from './answer.js';
import { readMessages, writeMessage } from './stream.js';
import type { NameServer } from './upstream.js';

/** Questions that wait for an answer at a time; more are dropped, and the sandbox asks again. */
const PENDING_PER_CLIENT = 64;
const STREAMS_LIMIT = 256;
const STREAM_IDLE_MS = 5000;

export interface ResolverOptions {
  /** Address to listen on; the port is a free one. */
  address: string;
  clientAt(address: string): ResolverClient | undefined;
  nameServers(): Promise<readonly NameServer[]>;
}

export interface Resolver extends AsyncDisposable {
  readonly port: number;
}

export async function startResolver(options: ResolverOptions): Promise<Resolver> {
  const pending = new Map<string, number>();

  const resolve = async (source: string | undefined, message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> => {
    const client = source === undefined ? undefined : options.clientAt(source);
    if (source === undefined || client === undefined) return undefined;
    const count = pending.get(source) ?? 0;
    if (count >= PENDING_PER_CLIENT) return undefined;
    pending.set(source, count + 1);
    try {
      return await answer(message, transport, client, options.nameServers);
    } finally {
      const left = (pending.get(source) ?? 1) - 1;
      if (left > 0) pending.set(source, left);
      else pending.delete(source);
    }
  };

  const streams = new Set<Socket>();
  const server = createServer((socket) => {
    streams.add(socket);
    socket.once('close', () => streams.delete(socket));
    socket.setTimeout(STREAM_IDLE_MS, () => socket.destroy());
    void serveStream(socket, (message) => resolve(socket.remoteAddress, message, 'tcp'));
  });
  server.maxConnections = STREAMS_LIMIT;
  const { port, datagrams } = await listenOnOnePort(server, options.address);
  datagrams.on('message', (message, { address, port: source }) => {
    void resolve(address, message, 'udp').then((reply) => {
      if (reply !== undefined) datagrams.send(reply, source, address, () => {});
    });
  });

  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of streams) socket.destroy();
      await Promise.all([
        new Promise<void>((done) => server.close(() => done())),
        new Promise<void>((done) => datagrams.close(() => done())),
      ]);
    },
  };
}

async function serveStream(socket: Socket, resolve: (message: Buffer) => Promise<Buffer | undefined>): Promise<void> {
  try {
    for await (const message of readMessages(socket)) {
      const reply = await resolve(message);
      if (reply === undefined) break;
      writeMessage(socket, reply);
    }
  } catch {
    // A sandbox may break its own connection at any time; nothing else depends on it.
  } finally {
    socket.destroy();
  }
}

/** The kernel picks a free TCP port; another one when a datagram socket already has that number. */
async function listenOnOnePort(server: Server, address: string): Promise<{ port: number; datagrams: DatagramSocket }> {
  for (let attempt = 1; ; attempt += 1) {
    server.listen(0, address);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const datagrams = createSocket('udp4');
    try {
      datagrams.bind(port, address);
      await once(datagrams, 'listening');
      return { port, datagrams };
    } catch (error) {
      datagrams.close();
      await new Promise((done) => server.close(done));
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 10) throw error;
    }
  }
}
