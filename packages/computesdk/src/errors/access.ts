// Who may call: no credentials, refused credentials, credentials without the right; the application's own and its clients'.

import { ComputeError, type ErrorFacts } from './compute-error.js';

/** No credentials were given, neither in the configuration nor in the environment. */
export class CredentialsMissingError extends ComputeError {
  override readonly name = 'CredentialsMissingError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'credentials_missing' });
  }
}

/** The provider refused the credentials. */
export class AuthenticationError extends ComputeError {
  override readonly name = 'AuthenticationError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'authentication_failed' });
  }
}

/** The `authorize` hook of `handleComputeRequest` asks the client for credentials: 401. */
export class UnauthenticatedError extends ComputeError {
  override readonly name = 'UnauthenticatedError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'unauthenticated' });
  }
}

/** The credentials are valid and do not allow this action. */
export class PermissionDeniedError extends ComputeError {
  override readonly name = 'PermissionDeniedError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'permission_denied' });
  }
}
