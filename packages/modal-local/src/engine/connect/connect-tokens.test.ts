import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectProxy } from './connect-proxy.js';
import { ConnectTokens } from './connect-tokens.js';

describe('connect tokens', () => {
  let inside: Server;
  let port: number;
  let tokens: ConnectTokens;
  let seen: IncomingMessage[];
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    seen = [];
    inside = createServer(async (request, response) => {
      seen.push(request);
      response.end(`${request.method} ${request.url} ${await text(request)}`);
    });
    inside.on('connection', (socket) => sockets.add(socket));
    inside.listen(0, '127.0.0.1');
    await once(inside, 'listening');
    port = (inside.address() as AddressInfo).port;
    tokens = new ConnectTokens({ dial, rules: { admits: () => true, busy: () => () => undefined } });
  });

  afterEach(() => {
    tokens.close();
    inside.close();
    for (const socket of sockets) socket.destroy();
  });

  async function dial(wanted: number): Promise<Socket> {
    const socket = connect(wanted, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  /** Sends bytes as they are and returns all that comes back. */
  async function exchange(url: string, request: string): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(request);
    return text(socket);
  }

  it('forwards with a bearer, a query parameter or a cookie, and tells the server who it is', async () => {
    const { url, token } = await tokens.issue({ port, userMetadata: '{"user":"Zoë"}' });
    const byBearer = await fetch(`${url}/a?b=1`, { method: 'POST', body: 'data', headers: { authorization: `Bearer ${token}` } });
    expect(await byBearer.text()).toBe('POST /a?b=1 data');
    const byQuery = await fetch(`${url}/a?_modal_connect_token=${token}&b=1`);
    expect(await byQuery.text()).toBe('GET /a?b=1 ');
    expect(byQuery.headers.get('set-cookie')).toMatch(new RegExp(`^_modal_connect_token=${token};.*HttpOnly`));
    const byCookie = await fetch(`${url}/`, { headers: { cookie: `x=y; _modal_connect_token=${token}` } });
    expect(byCookie.status).toBe(200);
    expect(seen.map(({ headers }) => Buffer.from(String(headers['x-verified-user-data']), 'latin1').toString())).toEqual(Array(3).fill('{"user":"Zoë"}'));
    expect(seen[2]?.headers.cookie).toBe('x=y');
    expect(JSON.stringify(seen.map(({ rawHeaders, url: path }) => [rawHeaders, path]))).not.toContain(token);
  });

  it('answers 401 without a token, with a wrong one, and with one of another sandbox', async () => {
    const other = new ConnectTokens({ dial, rules: { admits: () => true, busy: () => () => undefined } });
    const foreign = await other.issue({ port, userMetadata: '' });
    const { url } = await tokens.issue({ port, userMetadata: '' });
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${foreign.token}` }]) {
      expect((await fetch(url, { headers })).status).toBe(401);
    }
    other.close();
    expect(seen).toEqual([]);
  });

  it('never passes on a visitor’s own claim of who it is', async () => {
    const { url, token } = await tokens.issue({ port, userMetadata: 'real' });
    const anonymous = await tokens.issue({ port, userMetadata: '' });
    const forged = { 'X-Verified-User-Data': 'forged', X_Verified_User_Data: 'forged', 'x-forwarded-host': 'forged' };
    await fetch(url, { headers: { ...forged, authorization: `Bearer ${token}` } });
    await fetch(url, { headers: { ...forged, authorization: `Bearer ${anonymous.token}` } });
    expect(JSON.stringify(seen.map(({ rawHeaders }) => rawHeaders))).not.toContain('forged');
    expect(seen.map(({ headers }) => headers['x-verified-user-data'])).toEqual(['real', undefined]);
  });

  it('refuses requests whose framing is ambiguous, other hosts and absolute addresses', async () => {
    const { url, token } = await tokens.issue({ port, userMetadata: '' });
    const { host } = new URL(url);
    const head = `Authorization: Bearer ${token}\r\n`;
    const ambiguous = `POST / HTTP/1.1\r\nHost: ${host}\r\n${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`;
    expect(await exchange(url, ambiguous)).toMatch(/^HTTP\/1.1 400/);
    expect(await exchange(url, `GET / HTTP/1.1\r\nHost: evil.test\r\n${head}\r\n`)).toMatch(/^HTTP\/1.1 404/);
    expect(await exchange(url, `GET http://169.254.169.254/ HTTP/1.1\r\nHost: ${host}\r\n${head}\r\n`)).toMatch(/^HTTP\/1.1 400/);
    expect(seen).toEqual([]);
  });

  it('passes WebSockets once the server has agreed', async () => {
    inside.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      seen.push(request);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.once('data', (data) => socket.end(`echo ${String(data)}`));
    });
    const { url, token } = await tokens.issue({ port, userMetadata: 'me' });
    const { host } = new URL(url);
    const request = `GET /ws?_modal_connect_token=${token} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n\r\nframe`;
    const answer = await exchange(url, request);
    expect(answer).toMatch(/^HTTP\/1.1 101/);
    expect(answer).toMatch(/echo frame$/);
    expect(seen[0]?.url).toBe('/ws');
    expect(seen[0]?.headers['x-verified-user-data']).toBe('me');
    expect(await exchange(url, `GET / HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`)).toMatch(/^HTTP\/1.1 401/);
    expect(await exchange(url, request.replaceAll('websocket', 'h2c'))).toMatch(/^HTTP\/1.1 400/);
  });

  it('says 502 when nothing listens, and refuses connections once closed', async () => {
    const { url, token } = await tokens.issue({ port: 1, userMetadata: '' });
    expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(502);
    tokens.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('refuses metadata that no header can carry', async () => {
    await expect(tokens.issue({ port, userMetadata: 'a\r\nb: c' })).rejects.toThrow('user_metadata');
    await expect(tokens.issue({ port: 0, userMetadata: '' })).rejects.toThrow('port');
  });

  it('listens for the next token when it could not for the one before', async () => {
    const listen = vi.spyOn(ConnectProxy.prototype, 'listen').mockRejectedValueOnce(new Error('EMFILE'));
    await expect(tokens.issue({ port, userMetadata: '' })).rejects.toThrow('EMFILE');
    const { url, token } = await tokens.issue({ port, userMetadata: '' });
    listen.mockRestore();
    expect((await fetch(`${url}/`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });
});
