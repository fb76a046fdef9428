// Passes one request on over a connection of its own, and its answer back. WebSockets too: bytes pass untouched only
// after the server has agreed, else they could hold a request that nobody has looked at.

import { request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pairs, type Header } from './headers.js';

export interface Onward {
  /** To the server; it is used up. */
  connection: Duplex;
  path: string;
  headers: readonly Header[];
  /** Added to the answer. */
  answerHeaders?: readonly Header[];
}

export function forwardRequest(request: IncomingMessage, response: ServerResponse, onward: Onward): void {
  const upstream = startRequest(request, onward, onward.headers);
  upstream.once('error', () => (response.headersSent ? response.destroy() : refuse(response, 502, 'The server closed the connection.\n')));
  upstream.once('response', (answer) => {
    const headers = [...endToEnd(answer.rawHeaders), ...(onward.answerHeaders ?? [])];
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers.flat());
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** For requests that ask for `websocket`; others are refused with 400. */
export function forwardUpgrade(request: IncomingMessage, client: Duplex, head: Buffer, onward: Onward): void {
  client.once('close', () => onward.connection.destroy());
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return refuseRaw(client, 400);
  const upstream = startRequest(request, onward, [...onward.headers, ['Connection', 'Upgrade'], ['Upgrade', 'websocket']]);
  upstream.once('error', () => client.destroy());
  upstream.once('response', (answer) => {
    answer.resume();
    refuseRaw(client, answer.statusCode ?? 502);
  });
  upstream.once('upgrade', (answer: IncomingMessage, server: Duplex, first: Buffer) => {
    const lines = pairs(answer.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`, 'latin1');
    client.write(first);
    server.write(head);
    server.on('error', () => client.destroy());
    server.once('close', () => client.end());
    client.pipe(server).pipe(client);
  });
  upstream.end();
}

export function refuse(response: ServerResponse, status: number, text = ''): void {
  // What the refused request still sends is not read: the connection ends with the answer.
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(text);
}

export function refuseRaw(client: Duplex, status: number): void {
  client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}

function startRequest(request: IncomingMessage, { connection, path }: Onward, headers: readonly Header[]): ClientRequest {
  return httpRequest({ createConnection: () => connection, method: request.method, path, headers: headers.flat(), setHost: false });
}

function endToEnd(rawHeaders: readonly string[]): Header[] {
  return pairs(rawHeaders).filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name.toLowerCase()));
}
