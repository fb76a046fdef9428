import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClientHello } from './client-hello.js';

/** What Node's own client sends first. */
async function helloFor(options: { servername?: string }): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect({ socket: connectTcp((server.address() as AddressInfo).port), ...options });
  client.on('error', () => undefined);
  const [socket] = await accepted;
  const [bytes] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

describe('a client hello', () => {
  it('names the server that the client asks for', async () => {
    expect(parseClientHello(await helloFor({ servername: 'API.example.com' }))).toEqual({ kind: 'hello', serverName: 'api.example.com' });
  });

  it('may name none', async () => {
    expect(parseClientHello(await helloFor({}))).toEqual({ kind: 'hello', serverName: undefined });
  });

  it('is waited for until it is whole, also across records', async () => {
    const hello = await helloFor({ servername: 'example.com' });
    for (let length = 0; length < hello.length; length += 1) expect(parseClientHello(hello.subarray(0, length)).kind).toBe('incomplete');
    const body = hello.subarray(5);
    const records = [body.subarray(0, 3), body.subarray(3, 60), body.subarray(60)].map((part) => {
      const header = Buffer.from([22, 3, 1, 0, 0]);
      header.writeUInt16BE(part.length, 3);
      return Buffer.concat([header, part]);
    });
    expect(parseClientHello(Buffer.concat(records))).toEqual({ kind: 'hello', serverName: 'example.com' });
  });

  it('is told from other protocols, and survives every change of its bytes', async () => {
    expect(parseClientHello(Buffer.from('GET / HTTP/1.1\r\n')).kind).toBe('not-tls');
    const hello = await helloFor({ servername: 'example.com' });
    fc.assert(
      fc.property(fc.nat(hello.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = Buffer.from(hello);
        changed[at] = value;
        parseClientHello(changed);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void parseClientHello(Buffer.concat([Buffer.from([22, 3, 1]), bytes]))));
  });
});
