// Requests that try to slip through the ways into a sandbox, or from one sandbox's way into another.

import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { beforeAll, expect, it, vi } from 'vitest';
import type { Sandbox } from 'modal';

import { testEngine } from '../engine.js';

const engine = testEngine();
const SERVER = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = ('served ' + self.path + ' ' + str(self.headers)).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
    do_POST = do_GET
http.server.ThreadingHTTPServer(('127.0.0.1', 8080), Handler).serve_forever()`;

let one: Sandbox;
let way: { url: URL; token: string };
let other: { url: URL; token: string };

beforeAll(async () => {
  const sandboxes = await Promise.all([0, 1].map(() => engine.client.sandboxes.create(engine.app, engine.image, { command: ['python3', '-c', SERVER], unencryptedPorts: [8080] })));
  const ways = await Promise.all(sandboxes.map(async (sandbox) => await sandbox.createConnectToken({ userMetadata: 'holder' })));
  const [first] = sandboxes;
  const [a, b] = ways.map(({ url, token }) => ({ url: new URL(url), token }));
  if (!first || !a || !b) throw new Error('two sandboxes were made');
  [one, way, other] = [first, a, b];
  await vi.waitFor(async () => expect(await send(way.url, `GET / HTTP/1.1\r\nHost: ${way.url.host}\r\nAuthorization: Bearer ${way.token}\r\nConnection: close\r\n\r\n`)).toContain('200 OK'), { timeout: 10_000, interval: 50 });
});

/** Everything that is answered to these bytes. */
async function send({ hostname, port }: URL, bytes: string): Promise<string> {
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  socket.setTimeout(2000, () => socket.destroy());
  return await text(socket).catch(String);
}

const request = (head: string, body = '') => send(way.url, `${head}\r\nConnection: close\r\n\r\n${body}`);
const statuses = (answer: string) => [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => Number(code));

it('without a token, or with that of another sandbox, nothing is reached', async () => {
  const host = `Host: ${way.url.host}`;
  expect(statuses(await request(`GET / HTTP/1.1\r\n${host}`))).toEqual([401]);
  expect(statuses(await request(`GET / HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${other.token}`))).toEqual([401]);
  expect(statuses(await request(`GET /?_modal_connect_token=${other.token} HTTP/1.1\r\n${host}`))).toEqual([401]);
  expect(statuses(await request(`GET / HTTP/1.1\r\n${host}\r\nCookie: _modal_connect_token=${other.token}`))).toEqual([401]);
});

it('the Host header picks no sandbox', async () => {
  const token = `Authorization: Bearer ${way.token}`;
  for (const host of [other.url.host, 'evil.example', '']) expect(statuses(await request(`GET / HTTP/1.1\r\nHost: ${host}\r\n${token}`))).toEqual([404]);
  expect(statuses(await request(`GET http://${other.url.host}/ HTTP/1.1\r\nHost: ${way.url.host}\r\n${token}`))).toEqual([400]);
});

it('no request is smuggled behind another', async () => {
  const head = `POST / HTTP/1.1\r\nHost: ${way.url.host}\r\nAuthorization: Bearer ${way.token}`;
  const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';
  const both = await request(`${head}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${hidden}`);
  expect(both).not.toContain('served /hidden');
  for (const trick of ['Content-Length: 1\r\nContent-Length: 40', 'Transfer-Encoding: xchunked', 'Transfer-Encoding : chunked', 'Content-Length: +5']) {
    const answer = await request(`${head}\r\n${trick}`, hidden);
    expect([trick, answer]).toEqual([trick, expect.not.stringContaining('served /hidden')]);
    expect(statuses(answer).filter((code) => code < 400)).toHaveLength(0);
  }
});

it('who the holder is cannot be claimed by a header, and the token does not reach the server', async () => {
  const answer = await request(`GET / HTTP/1.1\r\nHost: ${way.url.host}\r\nAuthorization: Bearer ${way.token}\r\nX-Verified-User-Data: forged\r\nx-verified-user-data: forged`);
  expect(answer).toContain('holder');
  expect(answer).not.toContain('forged');
  expect(answer).not.toContain(way.token);
});

it('its ports lead nowhere once the sandbox has ended, whoever is made next', async () => {
  const tunnel = (await one.tunnels())[8080];
  await one.terminate({ wait: true });
  await engine.sandbox({ command: ['python3', '-c', SERVER], unencryptedPorts: [8080] });
  const [host, port] = tunnel?.tcpSocket ?? ['', 0];
  for (const url of [way.url, new URL(`http://${host}:${port}`)]) {
    const answer = await send(url, `GET / HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${way.token}\r\n\r\n`).catch(String);
    expect(answer).not.toContain('served');
  }
});
