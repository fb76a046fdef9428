// A web request in, a web response out.

import { ComputeError } from '../errors/compute-error.js';
import type { Provider } from '../provider/provider.js';
import { corsHeaders } from './cors.js';
import { failureResponse } from './failure.js';
import { runLive } from './live-response.js';
import { type ComputeHandlerOptions, defaultMaxOutputBytes } from './options.js';
import { type Answer, perform } from './perform.js';
import { httpStatus } from './status.js';
import { defaultMaxBodyBytes, readJson, type WebRequest } from './web-request.js';

/** Serves one web request. A failure is a response, not a throw. */
export async function respond(request: WebRequest, provider: Provider, options: ComputeHandlerOptions): Promise<Response> {
  const headers = corsHeaders(request, options.cors);
  if (request.method === 'OPTIONS' && options.cors) return new Response(null, { status: 204, headers });
  if (request.method !== 'POST') {
    const error = new ComputeError('Only POST requests are supported', { code: 'invalid_argument' });
    return json({ response: failureResponse(error, null, provider.name), status: 405 }, { ...headers, allow: 'POST' });
  }
  let body: unknown;
  try {
    body = await readJson(request, options.maxBodyBytes ?? defaultMaxBodyBytes);
  } catch (error) {
    const response = failureResponse(error, null, provider.name);
    return json({ response, status: httpStatus(response.code) }, headers);
  }
  return respondToBody(body, provider, options, request, headers);
}

/** Serves a body that has been read. */
export async function respondToBody(
  body: unknown,
  provider: Provider,
  options: ComputeHandlerOptions,
  request?: WebRequest,
  headers: Record<string, string> = {},
): Promise<Response> {
  const clientGone = new AbortController();
  const signals = [request?.signal, options.signal, clientGone.signal].filter((signal) => signal !== undefined);
  const performance = { provider, options, request, signal: AbortSignal.any(signals) };
  if (!wantsEvents(request, body)) return json(await perform(body, performance), headers);
  const outcome = await runLive(
    (live) => perform(body, { ...performance, live }),
    { maxWaitingBytes: options.maxOutputBytes ?? defaultMaxOutputBytes, abort: () => clientGone.abort() },
  );
  if ('response' in outcome) return json(outcome, headers);
  return new Response(outcome.events, {
    headers: { ...headers, ...noStore, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
  });
}

const noStore = { 'cache-control': 'no-store' };
const liveActions: unknown[] = ['compute.sandbox.runCode', 'compute.sandbox.runCommand'];

function wantsEvents(request: WebRequest | undefined, body: unknown): boolean {
  const accepted = request?.headers.get('accept')?.includes('text/event-stream') ?? false;
  return accepted && typeof body === 'object' && body !== null && 'action' in body && liveActions.includes(body.action);
}

function json({ response, status }: Answer, headers: Record<string, string>): Response {
  const { retryAfterMs } = response;
  return new Response(JSON.stringify(response), {
    status,
    headers: {
      ...headers,
      ...noStore,
      'content-type': 'application/json; charset=utf-8',
      ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
    },
  });
}
