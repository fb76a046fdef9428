// The head of a request as the sandbox's server gets it: without the visitor's token, without what only this hop or
// the engine may say, and with who the visitor is.

import type { IncomingMessage } from 'node:http';
import { endToEndHeaders, foldedName, type Header } from '../http-proxy/headers.js';

export const TOKEN_PARAMETER = '_modal_connect_token';

const SAID_BY_THE_ENGINE = new Set(['x-verified-user-data', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded']);

export interface Visitor {
  token: string;
  /** Not empty only when the token was made with some. */
  userMetadata: string;
}

export function forwardedHeaders(request: IncomingMessage, { token, userMetadata }: Visitor): Header[] {
  const kept: Header[] = [];
  for (const [name, value] of endToEndHeaders(request)) {
    const folded = foldedName(name);
    if (SAID_BY_THE_ENGINE.has(folded) || (folded === 'authorization' && value === `Bearer ${token}`)) continue;
    const passed = folded === 'cookie' ? withoutToken(value) : value;
    if (passed !== '' || value === '') kept.push([name, passed]);
  }
  kept.push(['X-Forwarded-For', request.socket.remoteAddress ?? ''], ['X-Forwarded-Proto', 'http'], ['X-Forwarded-Host', request.headers.host ?? '']);
  // Header values are bytes to Node: UTF-8 in, UTF-8 out.
  if (userMetadata !== '') kept.push(['X-Verified-User-Data', Buffer.from(userMetadata, 'utf8').toString('latin1')]);
  return kept;
}

/** The path without the token, so that it does not end in the server's logs. */
export function forwardedPath(url: string): string {
  const [path = '/', query] = split(url, '?');
  if (query === undefined) return url;
  const kept = query.split('&').filter((part) => split(part, '=')[0] !== TOKEN_PARAMETER);
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}

export function cookieToken(cookies: string | undefined): string | undefined {
  const pairs = (cookies ?? '').split(';').map((pair) => split(pair.trim(), '='));
  return pairs.find(([name]) => name === TOKEN_PARAMETER)?.[1];
}

function withoutToken(cookies: string): string {
  return cookies.split(';').map((pair) => pair.trim()).filter((pair) => split(pair, '=')[0] !== TOKEN_PARAMETER).join('; ');
}

function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
