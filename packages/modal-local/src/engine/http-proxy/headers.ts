// The headers of a request that go on to the next server: all but those that concern one hop, and with one host.

import type { IncomingMessage } from 'node:http';

export type Header = [name: string, value: string];

const HOP_BY_HOP = new Set([
  ...['connection', 'expect', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'upgrade', 'http2-settings'],
]);

export function endToEndHeaders(request: IncomingMessage): Header[] {
  const named = new Set((request.headers.connection ?? '').toLowerCase().split(',').map((name) => name.trim()));
  // A second Host could name another site to a server that reads the last.
  const kept: Header[] = [['Host', request.headers.host ?? '']];
  for (const [name, value] of pairs(request.rawHeaders)) {
    const lower = name.toLowerCase();
    if (lower === 'host' || HOP_BY_HOP.has(lower)) continue;
    // `Connection: content-length` must not take the request's own framing away.
    if (named.has(lower) && lower !== 'content-length' && lower !== 'transfer-encoding') continue;
    kept.push([name, value]);
  }
  return kept;
}

/** One spelling of a name: some servers take `_` for `-`, so that either could pass for the other. */
export function foldedName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

export function pairs(rawHeaders: readonly string[]): Header[] {
  return rawHeaders.flatMap((name, index): Header[] => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []));
}
