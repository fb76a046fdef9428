// One ModalClient per provider, made by the first call: a provider without credentials can be constructed anywhere.

import { CredentialsMissingError, FailedPreconditionError } from 'computesdk';
import { ModalClient } from 'modal';

import type { ModalConfig } from '../config/modal-config.js';
import { fromModal } from '../errors/from-modal.js';
import { omitUndefined } from '../options/omit-undefined.js';
import { consoleLogger } from './log.js';

export class Connection {
  readonly #config: ModalConfig;
  #client: ModalClient | undefined;
  #closed = false;

  constructor(config: ModalConfig) {
    this.#config = config;
  }

  /** The SDK's client. Throws CredentialsMissingError, and FailedPreconditionError after `close`. */
  client(): ModalClient {
    if (this.#closed) {
      throw new FailedPreconditionError('This provider was closed', { suggestion: 'Make a new one with modal().' });
    }
    this.#client ??= connect(this.#config);
    return this.#client;
  }

  /** Closes the connections. Sandboxes live on. */
  close(): void {
    this.#closed = true;
    this.#client?.close();
  }
}

function connect({ tokenId, tokenSecret, oauth, environment, maxThrottleWait, logger, logLevel }: ModalConfig): ModalClient {
  const token = omitUndefined({ tokenId: tokenId || undefined, tokenSecret: tokenSecret || undefined });
  const params = omitUndefined({
    environment,
    logLevel,
    logger: logger ?? consoleLogger(),
    maxThrottleWaitSecs: maxThrottleWait === undefined ? undefined : Math.ceil(maxThrottleWait / 1000),
    oauthRefreshToken: oauth?.refreshToken,
    oauthClientId: oauth?.clientId,
    oauthClientSecret: oauth?.clientSecret,
    oauthJwtKey: oauth?.jwtKey,
  });
  let client: ModalClient;
  try {
    client = new ModalClient({ ...token, ...params });
  } catch (error) {
    throw fromModal(error);
  }
  const { profile } = client;
  if (!profile.oauthRefreshToken && (!profile.tokenId || !profile.tokenSecret)) {
    client.close();
    throw missing(profile.tokenId, profile.tokenSecret);
  }
  return client;
}

function missing(tokenId: string | undefined, tokenSecret: string | undefined): CredentialsMissingError {
  const lacking = [tokenId ? [] : ['MODAL_TOKEN_ID'], tokenSecret ? [] : ['MODAL_TOKEN_SECRET']].flat().join(' and ');
  return new CredentialsMissingError(
    `Missing Modal API credentials: set ${lacking} in the environment or pass tokenId and tokenSecret to modal(). ` +
      'A token comes from https://modal.com/settings/tokens; without an account, run the program under `npx modal-local exec -- …`.',
    { suggestion: `Set ${lacking}.` },
  );
}
