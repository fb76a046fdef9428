import { mkdtempSync, rmSync, statSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTunnelCertificate, type TunnelCertificate } from '../certificates/tunnel-certificate.js';
import { inboundCheck } from './inbound.js';
import { checkPorts, Tunnels, type PortRequest } from './tunnels.js';

const directory = mkdtempSync(join(tmpdir(), 'tunnels-'));
let certificate: TunnelCertificate;
let authority: string;

beforeAll(() => {
  certificate = loadTunnelCertificate(join(directory, 'tls'));
  authority = readFileSync(certificate.authorityPath, 'utf8');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A server that stands for the one in a sandbox, and tunnels to it. */
async function tunnelTo(server: Server, kind: PortRequest['kind'], options: { inbound?: string[]; busy?: () => () => void } = {}) {
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tunnels = new Tunnels();
  const dial = async (wanted: number) => {
    const socket = connect({ port: wanted, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
  const rules = { admits: inboundCheck(options.inbound ?? []), busy: options.busy ?? (() => () => undefined) };
  await tunnels.open([{ port, kind }], dial, { certificate, rules });
  const [tunnel] = tunnels.list;
  if (tunnel === undefined) throw new Error('no tunnel');
  return { tunnels, tunnel, [Symbol.dispose]: () => void (tunnels.close(), server.close()) };
}

function getOverTls(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    httpsRequest({ host, port, ca: authority, agent: false }, (response) => void text(response).then(resolve, reject))
      .on('error', reject)
      .end();
  });
}

describe('tunnels', () => {
  it('ends TLS with a certificate that the exported authority vouches for, by name and by address', async () => {
    using stand = await tunnelTo(createHttpServer((request, response) => void response.end(`hello ${request.url}`)), 'https');
    expect(await getOverTls('127.0.0.1', stand.tunnel.port)).toBe('hello /');
    expect(await getOverTls('localhost', stand.tunnel.port)).toBe('hello /');
    const untrusted = httpsRequest({ host: '127.0.0.1', port: stand.tunnel.port, agent: false }).end();
    expect((await once(untrusted, 'error'))[0]).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  it('passes HTTP/2 through to a server that speaks it', async () => {
    const server = createHttp2Server((_, response) => void response.end('two'));
    using stand = await tunnelTo(server as unknown as Server, 'h2');
    const session = connectHttp2(`https://127.0.0.1:${stand.tunnel.port}`, { ca: authority });
    expect(await text(session.request({ ':path': '/' }))).toBe('two');
    expect(session.alpnProtocol).toBe('h2');
    session.close();
  });

  it('passes raw bytes both ways, and the end of one side with them', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let got = '';
      socket.on('data', (chunk) => (got += String(chunk))).on('end', () => socket.end(got.toUpperCase()));
    });
    using stand = await tunnelTo(server, 'tcp');
    const client = connect({ port: stand.tunnel.rawPort ?? 0, host: '127.0.0.1', allowHalfOpen: true });
    client.end('x'.repeat(1_000_000));
    expect(await text(client)).toBe('X'.repeat(1_000_000));
  });

  it('delivers a large answer whole when the server closes at once', async () => {
    using stand = await tunnelTo(createServer((socket) => void socket.end(Buffer.alloc(20_000_000, 'a'))), 'https');
    const client = connectTls({ port: stand.tunnel.port, host: '127.0.0.1', ca: authority });
    expect((await text(client)).length).toBe(20_000_000);
  });

  it('closes a connection to a port on which nothing listens', async () => {
    const server = createServer();
    using stand = await tunnelTo(server, 'tcp');
    server.close();
    const client = connect(stand.tunnel.rawPort ?? 0, '127.0.0.1');
    expect(await text(client)).toBe('');
  });

  it('counts a connection as use until it closes', async () => {
    let open = 0;
    const busy = () => {
      open += 1;
      return () => void (open -= 1);
    };
    using stand = await tunnelTo(createServer(() => undefined), 'tcp', { busy });
    const client = connect(stand.tunnel.rawPort ?? 0, '127.0.0.1');
    client.on('error', () => undefined);
    await expect.poll(() => open).toBe(1);
    client.destroy();
    await expect.poll(() => open).toBe(0);
  });

  it('admits only what the inbound list names', async () => {
    const server = () => createServer((socket) => void socket.end('in'));
    using open = await tunnelTo(server(), 'tcp', { inbound: ['127.0.0.0/8'] });
    expect(await text(connect(open.tunnel.rawPort ?? 0, '127.0.0.1'))).toBe('in');
    using shut = await tunnelTo(server(), 'tcp', { inbound: ['203.0.113.0/24'] });
    const client = connect(shut.tunnel.rawPort ?? 0, '127.0.0.1');
    client.on('error', () => undefined);
    await once(client, 'close');
    expect(client.bytesRead).toBe(0);
    expect(() => inboundCheck(['203.0.113.0/33'])).toThrow("'203.0.113.0/33'");
  });

  it('unbinds its ports and cuts its connections when closed', async () => {
    using stand = await tunnelTo(createServer(() => undefined), 'tcp');
    const port = stand.tunnel.rawPort ?? 0;
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    await once(client, 'connect');
    stand.tunnels.close();
    await once(client, 'close');
    expect((await once(connect(port, '127.0.0.1'), 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
    expect(stand.tunnels.list).toEqual([]);
  });

  it('refuses ports that are none, and a port that is listed twice', () => {
    expect(() => checkPorts([{ port: 0, kind: 'https' }])).toThrow('0 is not a port');
    expect(() => checkPorts([{ port: 80, kind: 'https' }, { port: 80, kind: 'tcp' }])).toThrow('port 80 is listed twice');
  });
});

describe('the tunnel certificate', () => {
  it('is made once for a directory, with a key that only its owner reads', () => {
    const path = join(directory, 'tls');
    expect(loadTunnelCertificate(path)).toEqual(certificate);
    expect(statSync(join(path, 'tunnel.key')).mode & 0o777).toBe(0o600);
  });

  it('is made anew when its files do not belong together, and before it expires', () => {
    const path = join(directory, 'other');
    const first = loadTunnelCertificate(path);
    writeFileSync(join(path, 'ca.pem'), authority);
    const second = loadTunnelCertificate(path);
    expect(second.certificate).not.toBe(first.certificate);
    const third = loadTunnelCertificate(path, Date.now() + 800 * 24 * 3600 * 1000);
    expect(third.certificate).not.toBe(second.certificate);
  });
});
