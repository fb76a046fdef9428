// What `modal()` takes: who calls, and defaults for every sandbox.

import type { Logger, LogLevel } from 'modal';

import type { SandboxDefaults } from '../options/sandbox-options.js';

/** The app of sandboxes, snapshots and templates where `appName` is not given. */
export const defaultAppName = 'computesdk';

/** Modal's OAuth credentials, in place of a token. */
export interface OAuthCredentials {
  refreshToken: string;
  clientId: string;
  /** Either this or `jwtKey`. */
  clientSecret?: string | undefined;
  /** RSA private key, PEM. */
  jwtKey?: string | undefined;
}

/** Options of `modal()`. An unknown one is an UnknownOptionError. */
export interface ModalConfig extends SandboxDefaults {
  /** Modal API token id. Default: MODAL_TOKEN_ID, else the active profile of `~/.modal.toml`. */
  tokenId?: string | undefined;
  /** Modal API token secret. Default: MODAL_TOKEN_SECRET, else the active profile of `~/.modal.toml`. */
  tokenSecret?: string | undefined;
  /** OAuth credentials in place of the token. */
  oauth?: OAuthCredentials | undefined;
  /** Longest time in milliseconds, in whole seconds rounded up, to wait when Modal asks to slow down. Default: as long as it asks. */
  maxThrottleWait?: number | undefined;
  /** Bytes of each stream that results of commands keep where the call does not tell; see `maxOutput` of the call. Default 64 MiB. */
  maxOutput?: number | undefined;
  /** Where the SDK's log goes. Default: the console, each warning once. */
  logger?: Logger | undefined;
  /** Least severe level to log. Default: MODAL_LOGLEVEL, else `warn`. */
  logLevel?: LogLevel | undefined;
}
