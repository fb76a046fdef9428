// The stable strings that callers branch on. Adding one is a minor change, renaming one a major change.

export type ComputeErrorCode =
  /** No provider was configured or passed. */
  | 'provider_missing'
  /** The provider has no credentials at all. */
  | 'credentials_missing'
  /** Credentials were sent and refused. */
  | 'authentication_failed'
  /** A client of `handleComputeRequest` has shown no valid credentials to the application. */
  | 'unauthenticated'
  /** The credentials are good; this action is not theirs. */
  | 'permission_denied'
  /** A limit of the account or of the provider's capacity. */
  | 'quota_exceeded'
  /** Too many calls in a short time; see `retryAfterMs`. */
  | 'rate_limited'
  | 'sandbox_not_found'
  | 'file_not_found'
  /** Any other named thing: image, snapshot, template, secret, volume. */
  | 'not_found'
  | 'already_exists'
  /** A value of the wrong type or range; see `field`. */
  | 'invalid_argument'
  /** An option that the provider does not know; see `field`. */
  | 'unknown_option'
  /** The object is in a state that does not allow the call. */
  | 'failed_precondition'
  | 'is_a_directory'
  | 'not_a_directory'
  | 'directory_not_empty'
  | 'file_too_large'
  /** The provider's own time limit for a call passed. */
  | 'timeout'
  /** The caller's AbortSignal fired. */
  | 'aborted'
  /** The code given to `runCode` does not parse. */
  | 'syntax_error'
  /** A process ended with a non-zero exit code and the caller asked for a throw. */
  | 'command_exit'
  /** A process printed more than a result keeps; see `maxOutput`. */
  | 'output_limit'
  /** The network or the provider's service failed; the same call may succeed later. */
  | 'unavailable'
  /** The provider has no such feature. */
  | 'unsupported'
  /** A defect, ours or the provider's. */
  | 'internal';
