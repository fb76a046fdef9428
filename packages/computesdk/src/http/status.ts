// One table from error code to HTTP status.

import type { ComputeErrorCode } from '../errors/code.js';

// What the *client* did is 4xx. The provider's own credentials are the server's concern: 500, never 401, which is the answer to the client's.
const statuses: Record<ComputeErrorCode, number> = {
  invalid_argument: 400,
  unknown_option: 400,
  unauthenticated: 401,
  permission_denied: 403,
  sandbox_not_found: 404,
  file_not_found: 404,
  not_found: 404,
  already_exists: 409,
  failed_precondition: 409,
  file_too_large: 413,
  output_limit: 413,
  syntax_error: 422,
  is_a_directory: 422,
  not_a_directory: 422,
  directory_not_empty: 422,
  command_exit: 422,
  quota_exceeded: 429,
  rate_limited: 429,
  aborted: 499,
  provider_missing: 500,
  credentials_missing: 500,
  authentication_failed: 500,
  internal: 500,
  unsupported: 501,
  unavailable: 503,
  timeout: 504,
};

/** HTTP status of an error code; 200 without one. `httpStatus(response.code)` fits a plain ComputeResponse. */
export function httpStatus(code: ComputeErrorCode | undefined): number {
  return code === undefined ? 200 : statuses[code];
}
