// Stands between one sandbox and the HTTPS servers that its outbound policy names: ends the sandbox's TLS, replaces
// headers, and speaks TLS with the real server, whose certificate it checks.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Interceptor } from '../../network/driver.js';
import { forwardRequest, forwardUpgrade, refuse, refuseRaw } from '../http-proxy/forward.js';
import { endToEndHeaders, foldedName, type Header } from '../http-proxy/headers.js';
import type { OutboundAuthority } from './outbound-authority.js';
import type { OutboundPolicy } from './outbound-policy.js';

interface Destination {
  host: string;
  connect: () => Promise<Socket>;
}

export interface OutboundOptions {
  authority: OutboundAuthority;
  policy: OutboundPolicy;
  /** Authorities of the servers outside, in PEM; default: those that Node trusts. */
  trusted?: string;
}

export class OutboundInterceptor implements Interceptor {
  readonly authority: OutboundAuthority;
  readonly #trusted: string | undefined;
  readonly #destinations = new WeakMap<Duplex, Destination>();
  readonly #server: Server;
  #policy: OutboundPolicy;

  constructor({ authority, policy, trusted }: OutboundOptions) {
    this.authority = authority;
    this.#policy = policy;
    this.#trusted = trusted;
    // It never listens: connections are handed to it.
    this.#server = createServer((request, response) => void this.#forward(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(request, socket, head));
  }

  /** For requests that begin from now on. */
  replace(policy: OutboundPolicy): void {
    this.#policy = policy;
  }

  covers(host: string): boolean {
    return this.#policy.covers(host);
  }

  serve(connection: Socket, host: string, connect: () => Promise<Socket>): void {
    const secure = new TLSSocket(connection, { isServer: true, secureContext: this.authority.contextFor(host), ALPNProtocols: ['http/1.1'] });
    secure.on('error', () => connection.destroy());
    this.#destinations.set(secure, { host, connect });
    secure.once('secure', () => this.#server.emit('connection', secure));
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const destination = this.#destinationOf(request);
    if (destination === undefined) return refuse(response, 421, 'The Host header names another server than the connection.\n');
    try {
      const connection = await this.#reach(destination);
      forwardRequest(request, response, { connection, path: request.url ?? '/', headers: this.#headers(request, destination) });
    } catch (error) {
      refuse(response, 502, `${destination.host} cannot be reached: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }

  async #upgrade(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    const destination = this.#destinationOf(request);
    if (destination === undefined) return refuseRaw(client, 421);
    try {
      const connection = await this.#reach(destination);
      forwardUpgrade(request, client, head, { connection, path: request.url ?? '/', headers: this.#headers(request, destination) });
    } catch {
      // An upgrade has no body to say it in.
      refuseRaw(client, 502);
    }
  }

  /** A secret meant for one server must not reach another one behind the same address: Host and connection agree. */
  #destinationOf(request: IncomingMessage): Destination | undefined {
    const destination = this.#destinations.get(request.socket);
    const host = request.headers.host?.toLowerCase().replace(/:443$/, '');
    return destination !== undefined && host === destination.host && request.url?.startsWith('/') === true ? destination : undefined;
  }

  #headers(request: IncomingMessage, { host }: Destination): Header[] {
    const replaced = this.#policy.headersFor(host);
    const kept = endToEndHeaders(request).filter(([name]) => !replaced.has(foldedName(name)));
    return [...kept, ...[...replaced.values()].map(({ name, value }): Header => [name, Buffer.from(value, 'utf8').toString('latin1')])];
  }

  async #reach({ host, connect }: Destination): Promise<TLSSocket> {
    const socket = await connect();
    const options = { socket, servername: host, ALPNProtocols: ['http/1.1'] };
    const secure = connectTls(this.#trusted === undefined ? options : { ...options, ca: this.#trusted });
    await once(secure, 'secureConnect');
    return secure;
  }
}
