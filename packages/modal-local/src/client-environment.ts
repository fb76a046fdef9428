// What a program with Modal's SDK needs in its environment to find an engine.

import type { LaunchedEngine } from './launch.js';

export function environmentOf({ port, credentials }: Pick<LaunchedEngine, 'port' | 'credentials'>): Record<string, string> {
  return {
    MODAL_SERVER_URL: `http://127.0.0.1:${port}`,
    MODAL_TOKEN_ID: credentials.tokenId,
    MODAL_TOKEN_SECRET: credentials.tokenSecret,
  };
}
