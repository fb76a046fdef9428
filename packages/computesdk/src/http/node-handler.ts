// The handler for servers that speak Node's own request and response: Express, Fastify's raw objects, Next's pages, plain http.

import type { Provider } from '../provider/provider.js';
import { handleComputeRequest } from './handle-compute-request.js';
import { checkHandlerOptions, type ComputeHandlerOptions } from './options.js';

/** What is used of Node's `IncomingMessage`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  method?: string | undefined;
  url?: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  /** What a body parser has left, in Express, Fastify and Next. */
  body?: unknown;
}

/** What is used of Node's `ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  readonly writableFinished: boolean;
  setHeader(name: string, value: string): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
}

export interface NodeHandlerOptions extends ComputeHandlerOptions {
  provider: Provider;
}

/** A request listener: `app.use('/api/compute', createNodeHandler({ provider }))`. Works before and after a body parser. */
export function createNodeHandler({
  provider,
  ...options
}: NodeHandlerOptions): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  checkHandlerOptions(options);
  return async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const answer = await handleComputeRequest(toWebRequest(request, gone.signal), provider, options);
    response.statusCode = answer.status;
    answer.headers.forEach((value, name) => response.setHeader(name, value));
    await send(answer.body, response, gone.signal);
  };
}

function toWebRequest(request: NodeRequest, signal: AbortSignal): Request {
  const { method = 'GET', url = '/' } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const init = { method, headers, signal };
  const address = new URL(url, 'http://node.invalid');
  if (method === 'GET' || method === 'HEAD') return new Request(address, init);
  const body = request.body === undefined ? ReadableStream.from(request) : JSON.stringify(request.body);
  return new Request(address, { ...init, body, duplex: 'half' });
}

async function send(body: ReadableStream<Uint8Array> | null, response: NodeResponse, gone: AbortSignal): Promise<void> {
  const reader = body?.getReader();
  gone.addEventListener('abort', () => void reader?.cancel(), { once: true });
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done || !value) break;
    if (!response.write(value) && !gone.aborted) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        gone.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
  response.end();
}
