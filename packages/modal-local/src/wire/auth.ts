// Who may call: on the control plane the holder of the engine's token, on the data path the holder of a sandbox's.

import { createHash, timingSafeEqual } from 'node:crypto';

import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';

import { EngineError } from '../engine/errors.js';
import type { Sandbox } from '../engine/sandboxes/sandbox.js';
import type { Sandboxes } from '../engine/sandboxes/sandboxes.js';
import type { Tokens } from '../engine/tokens.js';
import type { RouterAuthorization, RouterContext } from './services.js';

export interface Credentials {
  tokenId: string;
  tokenSecret: string;
}

export function controlAuth({ tokenId, tokenSecret }: Credentials, tokens: Tokens) {
  return async function* <Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    const given = (header: `x-modal-${'token-id' | 'token-secret' | 'auth-token'}`) => context.metadata.get(header) ?? '';
    if (!equal(given('x-modal-token-id'), tokenId) || !equal(given('x-modal-token-secret'), tokenSecret)) {
      throw new EngineError('UNAUTHENTICATED', 'Token not accepted: MODAL_TOKEN_ID and MODAL_TOKEN_SECRET must be those that this engine printed or set');
    }
    // SDK 0.3.16 sends none.
    const authToken = given('x-modal-auth-token');
    if (authToken !== '') tokens.verifyAuth(authToken);
    return yield* call.next(call.request, context);
  };
}

export function routerAuth(tokens: Tokens) {
  return async function* <Request, Response>(call: ServerMiddlewareCall<Request, Response, RouterAuthorization>, context: CallContext) {
    const token = /^Bearer (.+)$/.exec(context.metadata.get('authorization') ?? '')?.[1];
    if (token === undefined) throw new EngineError('UNAUTHENTICATED', "This call needs the sandbox's token: authorization: Bearer …");
    return yield* call.next(call.request, { ...context, authorizedTask: tokens.verifyRouter(token) });
  };
}

/** The sandbox that a data-path call is for, if the caller's token is for it. Throws UNAUTHENTICATED, NOT_FOUND. */
export function authorizedSandbox(sandboxes: Sandboxes, taskId: string, context: RouterContext): Sandbox {
  if (taskId !== context.authorizedTask) throw new EngineError('UNAUTHENTICATED', `The token is for another sandbox than that of task ${taskId}`);
  return sandboxes.ofTask(taskId);
}

/** In a time that does not depend on where they differ. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
