// Connect tokens of one sandbox: who holds one reaches one port over HTTP, and the server there learns what the
// token's maker said about the holder. They last as long as the sandbox.

import { randomBytes } from 'node:crypto';
import { EngineError } from '../errors.js';
import { TUNNEL_HOST } from '../tunnels/tunnels.js';
import { ConnectProxy, type ConnectProxyOptions } from './connect-proxy.js';

export const DEFAULT_CONNECT_PORT = 8080;
/** Servers refuse longer headers. */
const METADATA_BYTES_LIMIT = 4096;
const TOKENS_LIMIT = 10_000;

export interface ConnectGrant {
  port: number;
  userMetadata: string;
}

export class ConnectTokens {
  readonly #grants = new Map<string, ConnectGrant>();
  readonly #options: Omit<ConnectProxyOptions, 'grantOf'>;
  #proxy: ConnectProxy | undefined;
  #port: Promise<number> | undefined;

  constructor(options: Omit<ConnectProxyOptions, 'grantOf'>) {
    this.#options = options;
  }

  /** Throws INVALID_ARGUMENT for a port or metadata that no header can carry. */
  async issue({ port, userMetadata }: ConnectGrant): Promise<{ url: string; token: string }> {
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new EngineError('INVALID_ARGUMENT', `port: ${port} is not between 1 and 65535`);
    if (/[\u0000-\u001f\u007f]/.test(userMetadata)) {
      throw new EngineError('INVALID_ARGUMENT', 'user_metadata travels in a header: leave line breaks and control characters out, or encode it');
    }
    if (Buffer.byteLength(userMetadata) > METADATA_BYTES_LIMIT) {
      throw new EngineError('INVALID_ARGUMENT', `user_metadata travels in a header: at most ${METADATA_BYTES_LIMIT} bytes`);
    }
    if (this.#grants.size >= TOKENS_LIMIT) throw new EngineError('RESOURCE_EXHAUSTED', `A sandbox has at most ${TOKENS_LIMIT} connect tokens`);
    const token = randomBytes(32).toString('base64url');
    this.#grants.set(token, { port, userMetadata });
    try {
      return { url: `http://${TUNNEL_HOST}:${await (this.#port ??= this.#listen())}`, token };
    } catch (error) {
      this.#grants.delete(token);
      throw error;
    }
  }

  /** Every token is void, and every connection cut. Idempotent. */
  close(): void {
    this.#grants.clear();
    this.#proxy?.close();
  }

  #listen(): Promise<number> {
    this.#proxy = new ConnectProxy({ ...this.#options, grantOf: (token) => this.#grants.get(token) });
    return this.#proxy.listen().catch((error: unknown) => {
      // The next token tries again.
      this.#port = undefined;
      throw error;
    });
  }
}
