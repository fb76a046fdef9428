// From an unknown body to an answer: nothing is thrown, every failure becomes a response with a code.

import { isComputeError } from '../errors/compute-error.js';
import type { Provider } from '../provider/provider.js';
import type { LiveOutput } from './actions/action.js';
import { actions } from './actions/table.js';
import { checkAuthorization } from './authorize.js';
import { type Envelope, readEnvelope } from './envelope.js';
import { failureResponse } from './failure.js';
import { type ComputeHandlerOptions, defaultMaxOutputBytes } from './options.js';
import type { ComputeResponse } from './protocol.js';
import { httpStatus } from './status.js';
import type { WebRequest } from './web-request.js';

export interface Answer {
  response: ComputeResponse;
  /** HTTP status. */
  status: number;
}

export interface Performance {
  provider: Provider;
  options: ComputeHandlerOptions;
  /** The web request that brought the body, when one did. */
  request?: WebRequest | undefined;
  signal?: AbortSignal | undefined;
  live?: LiveOutput | undefined;
}

/** Checks, authorizes and runs the action that `body` asks for. */
export async function perform(body: unknown, { provider, options, request, signal, live }: Performance): Promise<Answer> {
  let envelope: Envelope | undefined;
  try {
    envelope = readEnvelope(body);
    await checkAuthorization(options.authorize, envelope, request);
    const { maxOutputBytes = defaultMaxOutputBytes } = options;
    const { sandboxId, ...extra } = await actions[envelope.action](body, { provider, signal, live, maxOutputBytes });
    return { response: { success: true, sandboxId, provider: provider.name, ...extra }, status: 200 };
  } catch (error) {
    const response = failureResponse(error, body, provider.name);
    const status = httpStatus(response.code);
    if (status >= 500) report(error, options, { request, ...envelope });
    return { response, status };
  }
}

/** Failures on the server's side go to the application's log. */
function report(error: unknown, { onError }: ComputeHandlerOptions, context: Parameters<NonNullable<typeof onError>>[1]): void {
  if (onError) onError(error, context);
  else if (!isComputeError(error)) console.error('computesdk: a request failed:', error);
}
