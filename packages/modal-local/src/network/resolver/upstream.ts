// Asks the host's own name servers. Each question goes out under a fresh id from a fresh port, and only an answer
// from that server, with that id, to that question counts.

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { decode, encode, RECURSION_DESIRED, type Packet, type Question } from 'dns-packet';
import { readMessages, writeMessage } from './stream.js';

export interface NameServer {
  address: string;
  /** Default 53. */
  port?: number;
}

export type Transport = 'udp' | 'tcp';

export interface UpstreamAnswer {
  packet: Packet;
  /** The message as received; its first two bytes are the id of our question. */
  bytes: Buffer;
}

const TRY_TIMEOUT_MS = 2000;
const TRIES = 2;

/** Name servers of /etc/resolv.conf, read anew each time: a laptop changes its network. */
export async function hostNameServers(): Promise<NameServer[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => ({ address: match[1] ?? '' }));
}

/** Tries each server in turn, twice; rejects when none answers. */
export async function ask(servers: readonly NameServer[], question: Question, transport: Transport): Promise<UpstreamAnswer> {
  const failures: unknown[] = [];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    for (const server of servers) {
      try {
        return await askOne(server, question, transport);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  throw new AggregateError(failures, `no name server answered for ${question.name}`);
}

/** All IPv4 addresses of a name; none when it does not exist. */
export async function lookUpAddresses(servers: readonly NameServer[], name: string): Promise<string[]> {
  const { packet } = await ask(servers, { type: 'A', name, class: 'IN' }, 'udp');
  return (packet.answers ?? []).flatMap((record) => (record.type === 'A' ? [record.data] : []));
}

async function askOne(server: NameServer, question: Question, transport: Transport): Promise<UpstreamAnswer> {
  const id = randomInt(0x1_0000);
  const query = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [question] });
  const bytes = await (transport === 'udp' ? exchangeDatagrams(server, query, id) : exchangeOverStream(server, query));
  const packet = decode(bytes);
  const [answered] = packet.questions ?? [];
  if (packet.id !== id || packet.type !== 'response' || answered?.name.toLowerCase() !== question.name.toLowerCase() || answered.type !== question.type) {
    throw new Error(`${server.address} answered another question`);
  }
  return { packet, bytes };
}

async function exchangeDatagrams(server: NameServer, query: Buffer, id: number): Promise<Buffer> {
  const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${server.address} did not answer`)), TRY_TIMEOUT_MS);
      socket.on('error', reject);
      socket.on('message', (message) => {
        if (message.length >= 12 && message.readUInt16BE(0) === id) resolve(message);
      });
      socket.connect(server.port ?? 53, server.address, () => socket.send(query));
    });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function exchangeOverStream(server: NameServer, query: Buffer): Promise<Buffer> {
  const socket = connect({ host: server.address, port: server.port ?? 53 });
  socket.setTimeout(TRY_TIMEOUT_MS, () => socket.destroy(new Error(`${server.address} did not answer`)));
  try {
    writeMessage(socket, query);
    for await (const message of readMessages(socket)) return message;
    throw new Error(`${server.address} closed the connection`);
  } finally {
    socket.destroy();
  }
}
