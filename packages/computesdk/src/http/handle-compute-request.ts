// The one function that a route calls: it takes a web request, or a body that a framework has parsed.

import { InvalidArgumentError } from '../errors/invalid.js';
import { ProviderMissingError } from '../errors/service.js';
import { isProvider } from '../provider/is-provider.js';
import type { Provider } from '../provider/provider.js';
import { checkHandlerOptions, type ComputeHandlerOptions } from './options.js';
import { perform } from './perform.js';
import type { ComputeRequest, ComputeResponse } from './protocol.js';
import { respond, respondToBody } from './respond.js';
import { isNodeRequest, isWebRequest, type WebRequest } from './web-request.js';

/** The object form of the arguments. */
export interface HandleComputeRequestParams<R = ComputeRequest> extends ComputeHandlerOptions {
  /** A web request, or a parsed body. */
  request: R;
  provider: Provider;
}

/**
 * Serves one request of the compute protocol.
 *
 * - `{ request, provider }` with a parsed body returns a plain ComputeResponse; `httpStatus(response.code)` is its status.
 * - `{ request, provider }` with a web Request returns a Response, with Server-Sent Events when the client accepts them.
 * - `(requestOrBody, provider)` returns a Response for both.
 *
 * A failed request is an answer, never a throw; only wrong arguments throw.
 */
export async function handleComputeRequest(params: HandleComputeRequestParams): Promise<ComputeResponse>;
export async function handleComputeRequest(params: HandleComputeRequestParams<WebRequest>): Promise<Response>;
export async function handleComputeRequest(
  requestOrBody: WebRequest | ComputeRequest,
  provider: Provider,
  options?: ComputeHandlerOptions,
): Promise<Response>;
export async function handleComputeRequest(
  first: HandleComputeRequestParams<unknown> | WebRequest | ComputeRequest,
  provider?: Provider,
  options: ComputeHandlerOptions = {},
): Promise<Response | ComputeResponse> {
  if (provider === undefined && isParams(first)) {
    const { request, provider: given, ...rest } = first;
    checkProvider(given);
    checkHandlerOptions(rest);
    if (isWebRequest(request)) return respond(request, given, rest);
    checkBody(request);
    const { response } = await perform(request, { provider: given, options: rest, signal: rest.signal });
    return response;
  }
  if (provider === undefined) throw new ProviderMissingError('Provider is required when not using object-style API');
  checkProvider(provider);
  checkHandlerOptions(options);
  if (isWebRequest(first)) return respond(first, provider, options);
  checkBody(first);
  return respondToBody(first, provider, options);
}

function isParams(value: unknown): value is HandleComputeRequestParams<unknown> {
  return typeof value === 'object' && value !== null && 'request' in value && 'provider' in value;
}

function checkProvider(provider: unknown): void {
  if (isProvider(provider)) return;
  throw new InvalidArgumentError('provider must be a provider object', {
    field: 'provider',
    suggestion: 'Pass what a provider package returns, for example modal().',
  });
}

function checkBody(body: unknown): void {
  if (!isNodeRequest(body)) return;
  throw new InvalidArgumentError("request is the request object of Node's http: its body must be read first", {
    field: 'request',
    suggestion: 'Pass request.body after a JSON parser, or serve the route with createNodeHandler().',
  });
}
