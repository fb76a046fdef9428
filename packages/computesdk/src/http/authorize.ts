// Who may do what: the one question that only the application can answer.

import { PermissionDeniedError, UnauthenticatedError } from '../errors/access.js';
import { isComputeError } from '../errors/compute-error.js';
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

/** Decides about a request. It may also throw UnauthenticatedError or AuthenticationError (401), or PermissionDeniedError (403), with a message of its own. */
export type Authorize = (context: AuthorizeContext) => Verdict | Promise<Verdict>;

/** Rejects with UnauthenticatedError or PermissionDeniedError unless the request may go on, which only `true` says. */
export async function checkAuthorization(
  authorize: Authorize | undefined,
  { action, sandboxId, body }: Envelope,
  request: WebRequest | undefined,
): Promise<void> {
  if (!authorize) return;
  const verdict = await decide(authorize, { request, action, sandboxId, body });
  if (verdict === true) return;
  if (verdict === 401) throw new UnauthenticatedError('This request needs credentials');
  throw new PermissionDeniedError(`This request may not call ${action}`);
}

/** From the hook, the error of refused credentials speaks of the client's. */
async function decide(authorize: Authorize, context: AuthorizeContext): Promise<Verdict> {
  try {
    return await authorize(context);
  } catch (error) {
    if (isComputeError(error) && error.code === 'authentication_failed') throw new UnauthenticatedError(error.message, { cause: error });
    throw error;
  }
}
