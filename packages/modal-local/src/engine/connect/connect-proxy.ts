// The way into one sandbox for holders of its connect tokens: an HTTP proxy on a port of its own, so that a token or
// a cookie never leads to another sandbox.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { forwardRequest, forwardUpgrade, refuse, refuseRaw } from '../http-proxy/forward.js';
import type { Header } from '../http-proxy/headers.js';
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
    if (typeof admission === 'number') return refuse(response, admission, admission === 401 ? UNAUTHORIZED : '');
    const { token, grant, setCookie } = admission;
    const connection = await this.#dial(grant.port);
    if (connection === undefined) return refuse(response, 502, `Nothing listens on port ${grant.port} of the sandbox.\n`);
    const cookie: Header = ['Set-Cookie', `${TOKEN_PARAMETER}=${token}; Path=/; HttpOnly; SameSite=Lax`];
    forwardRequest(request, response, { ...onward(request, admission), connection, answerHeaders: setCookie ? [cookie] : [] });
  }

  async #upgrade(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    const admission = this.#admit(request);
    if (typeof admission === 'number') return refuseRaw(client, admission);
    const connection = await this.#dial(admission.grant.port);
    if (connection === undefined) return refuseRaw(client, 502);
    forwardUpgrade(request, client, head, { ...onward(request, admission), connection });
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

function onward(request: IncomingMessage, { token, grant: { userMetadata } }: Admission) {
  return { path: forwardedPath(request.url ?? '/'), headers: forwardedHeaders(request, { token, userMetadata }) };
}
