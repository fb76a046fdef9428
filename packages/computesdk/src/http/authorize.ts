// Who may do what: the one question that only the application can answer.

import { AuthenticationError, PermissionDeniedError } from '../errors/access.js';
import { type ComputeError, isComputeError } from '../errors/compute-error.js';
import type { Envelope } from './envelope.js';
import type { ComputeAction } from './protocol.js';
import type { WebRequest } from './web-request.js';

/** What a decision can rest on. */
export interface AuthorizeContext {
  /** The web request, for its headers; `undefined` when the handler was given a plain body. */
  request: WebRequest | undefined;
  action: ComputeAction;
  /** The sandbox that the request names, else empty. */
  sandboxId: string;
  /** The whole body. Its fields are not checked yet. */
  body: Readonly<Record<string, unknown>>;
}

/** `true` lets the request through, `401` asks for credentials, `403` or `false` refuses. */
export type Verdict = boolean | 401 | 403;

/** Decides about a request. It may also throw AuthenticationError (401) or PermissionDeniedError (403) with a message of its own. */
export type Authorize = (context: AuthorizeContext) => Verdict | Promise<Verdict>;

export interface Refusal {
  status: 401 | 403;
  error: ComputeError;
}

/** The refusal of this request, or `undefined` when it may go on. Anything but `true` refuses. */
export async function checkAuthorization(
  authorize: Authorize | undefined,
  { action, sandboxId, body }: Envelope,
  request: WebRequest | undefined,
): Promise<Refusal | undefined> {
  if (!authorize) return undefined;
  try {
    const verdict = await authorize({ request, action, sandboxId, body });
    if (verdict === true) return undefined;
    if (verdict === 401) return { status: 401, error: new AuthenticationError('This request needs credentials') };
    return { status: 403, error: new PermissionDeniedError(`This request may not call ${action}`) };
  } catch (error) {
    if (isComputeError(error) && error.code === 'authentication_failed') return { status: 401, error };
    if (isComputeError(error) && error.code === 'permission_denied') return { status: 403, error };
    throw error;
  }
}
