// What a program needs in its environment to find an engine with Modal's SDK, and to trust its `https` tunnels.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { LaunchedEngine } from './launched-engine.js';

type Facts = Pick<LaunchedEngine, 'clientUrl' | 'credentials' | 'authorityPath'>;

export function environmentOf({ clientUrl, credentials, authorityPath }: Facts): Record<string, string> {
  return {
    MODAL_SERVER_URL: clientUrl,
    MODAL_TOKEN_ID: credentials.tokenId,
    MODAL_TOKEN_SECRET: credentials.tokenSecret,
    NODE_EXTRA_CA_CERTS: trusted(authorityPath),
  };
}

/** Node reads one file: whom the user trusts already goes into it, too. */
function trusted(authorityPath: string): string {
  const before = process.env['NODE_EXTRA_CA_CERTS'];
  if (before === undefined || before === authorityPath || !existsSync(before)) return authorityPath;
  const both = path.join(path.dirname(authorityPath), 'trusted.pem');
  writeFileSync(both, `${readFileSync(before, 'utf8').trimEnd()}\n${readFileSync(authorityPath, 'utf8')}`);
  return both;
}
