// The way into one sandbox for holders of its connect tokens: an HTTP proxy on a port of its own, so that a token or
// a cookie never leads to another sandbox.

import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Listener, type InboundRules } from '../tunnels/listener.js';
import type { Dial } from '../tunnels/tunnels.js';
import type { ConnectGrant } from './connect-tokens.js';
import { cookieToken, forwardedHeaders, forwardedPath, TOKEN_PARAMETER } from './forwarded-headers.js';

const UNAUTHORIZED = 'This sandbox needs a connect token: Authorization: Bearer, ?_modal_connect_token= or a cookie of that name.\n';

export interface ConnectProxyOptions {
  dial: Dial;
  rules: InboundRules;
  /** What a token permits; undefined for one that this sandbox has not issued. */
  grantOf(token: string): ConnectGrant | undefined;
}

interface Admission {
  token: string;
  grant: ConnectGrant;
  /** The token came in the query: a cookie spares the next requests from carrying it there. */
  setCookie: boolean;
}

export class ConnectProxy {
  readonly #options: ConnectProxyOptions;
  readonly #server: Server;
  readonly #listener: Listener;
  #hosts: readonly string[] = [];

  constructor(options: ConnectProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#forward(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(request, socket, head));
    this.#listener = new Listener(this.#server, options.rules);
  }

  async listen(): Promise<number> {
    const port = await this.#listener.listen();
    this.#hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    return port;
  }

  close(): void {
    this.#listener.close();
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = this.#admit(request);
    if (typeof admission === 'number') return refuse(response, admission);
    const { token, grant, setCookie } = admission;
    const inside = await this.#dial(grant.port);
    if (inside === undefined) return refuse(response, 502, `Nothing listens on port ${grant.port} of the sandbox.\n`);
    const upstream = httpRequest({
      createConnection: () => inside,
      method: request.method,
      path: forwardedPath(request.url ?? '/'),
      headers: forwardedHeaders(request, { token, userMetadata: grant.userMetadata }).flat(),
      setHost: false,
    });
    upstream.once('error', () => (response.headersSent ? response.destroy() : refuse(response, 502, 'The sandbox closed the connection.\n')));
    upstream.once('response', (answer) => {
      const headers = endToEnd(answer.rawHeaders);
      if (setCookie) headers.push('Set-Cookie', `${TOKEN_PARAMETER}=${token}; Path=/; HttpOnly; SameSite=Lax`);
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  async #upgrade(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    const admission = this.#admit(request);
    if (typeof admission === 'number') return refuseRaw(client, admission);
    // Bytes pass untouched only after the server has agreed to WebSocket: else they could hold a request of their own.
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return refuseRaw(client, 400);
    const { token, grant } = admission;
    const inside = await this.#dial(grant.port);
    if (inside === undefined) return refuseRaw(client, 502);
    client.once('close', () => inside.destroy());
    const upstream = httpRequest({
      createConnection: () => inside,
      method: request.method,
      path: forwardedPath(request.url ?? '/'),
      headers: [...forwardedHeaders(request, { token, userMetadata: grant.userMetadata }).flat(), 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
      setHost: false,
    });
    upstream.once('error', () => client.destroy());
    upstream.once('response', (answer) => {
      answer.resume();
      refuseRaw(client, answer.statusCode ?? 502);
    });
    upstream.once('upgrade', (answer: IncomingMessage, socket: Duplex, first: Buffer) => {
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines(answer.rawHeaders)}\r\n`);
      client.write(first);
      socket.write(head);
      socket.on('error', () => client.destroy());
      socket.once('close', () => client.end());
      client.pipe(socket).pipe(client);
    });
    upstream.end();
  }

  /** Who may pass, or the status that refuses it. */
  #admit(request: IncomingMessage): Admission | number {
    if (!this.#hosts.includes(request.headers.host?.toLowerCase() ?? '')) return 404;
    const url = request.url ?? '';
    if (!url.startsWith('/')) return 400;
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const query = new URLSearchParams(url.split('?').slice(1).join('?')).get(TOKEN_PARAMETER) ?? undefined;
    const cookie = cookieToken(request.headers.cookie);
    for (const token of [bearer, query, cookie]) {
      const grant = token === undefined ? undefined : this.#options.grantOf(token);
      if (token !== undefined && grant !== undefined) return { token, grant, setCookie: token === query && token !== cookie };
    }
    return 401;
  }

  async #dial(port: number): Promise<Duplex | undefined> {
    try {
      return await this.#options.dial(port);
    } catch {
      // Nobody listens there yet; the visitor is told by a 502.
      return undefined;
    }
  }
}

function refuse(response: ServerResponse, status: number, text = status === 401 ? UNAUTHORIZED : ''): void {
  // What the refused request still sends is not read: the connection ends with the answer.
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(text);
}

function refuseRaw(client: Duplex, status: number): void {
  client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}

function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => {
    const name = (rawHeaders[index - (index % 2)] ?? '').toLowerCase();
    return name !== 'connection' && name !== 'keep-alive' && name !== 'transfer-encoding';
  });
}

function lines(rawHeaders: readonly string[]): string {
  let text = '';
  for (let index = 0; index < rawHeaders.length; index += 2) text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  return text;
}
