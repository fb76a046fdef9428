// Web requests come from many classes (NextRequest, undici, polyfills): shape tells, not `instanceof`.

import { ComputeError } from '../errors/compute-error.js';
import { InvalidArgumentError } from '../errors/invalid.js';

/** What is used of a web `Request`. */
export interface WebRequest {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
  readonly body?: ReadableStream<Uint8Array> | null;
  readonly signal?: AbortSignal;
  text(): Promise<string>;
}

export function isWebRequest(value: unknown): value is WebRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { method, headers, text } = value as Partial<WebRequest>;
  return typeof method === 'string' && typeof headers?.get === 'function' && typeof text === 'function';
}

/** Whether `value` is the request object of Node, Express or Fastify, whose body is elsewhere. */
export function isNodeRequest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || isWebRequest(value)) return false;
  return 'method' in value && 'headers' in value && 'url' in value;
}

/** Bytes that a request body may have when the option is not given: 10 MiB. */
export const defaultMaxBodyBytes = 10 * 1024 * 1024;

/** The request body, parsed. Throws a ComputeError: `file_too_large` past `maxBytes`, `invalid_argument` for bad JSON. */
export async function readJson(request: WebRequest, maxBytes: number): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw bodyTooLarge(maxBytes);
  const text = await readText(request, maxBytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError('Invalid JSON in request body', { field: 'request', cause });
  }
}

async function readText(request: WebRequest, maxBytes: number): Promise<string> {
  if (!request.body) return request.text();
  const decoder = new TextDecoder();
  const reader = request.body.getReader();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw bodyTooLarge(maxBytes);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function bodyTooLarge(maxBytes: number): ComputeError {
  return new ComputeError(`Request body is larger than ${maxBytes} bytes`, {
    code: 'file_too_large',
    suggestion: 'Write large files in the sandbox itself, or raise maxBodyBytes.',
  });
}
