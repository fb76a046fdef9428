// What an application decides about the handler.

import { InvalidArgumentError } from '../errors/invalid.js';
import { rejectUnknownOptions } from '../options/reject-unknown.js';
import type { Authorize, AuthorizeContext } from './authorize.js';
import { checkCors, type CorsOption } from './cors.js';

export interface ComputeHandlerOptions {
  /** Decides about each request. Without it every request is served: protect the route by other means. */
  authorize?: Authorize | undefined;
  /** Cross-origin access. Default: none. */
  cors?: CorsOption | undefined;
  /** Bytes that a request body may have. Default 10 MiB. */
  maxBodyBytes?: number | undefined;
  /**
   * Bytes of output and of a file that one answer may hold, of each stream: the default and the ceiling of a request's `maxOutput`, and what
   * may wait unread in a stream of events. From 1 to 33 554 432 (32 MiB, whose JSON one string holds whatever the bytes). Default 16 MiB.
   */
  maxOutputBytes?: number | undefined;
  /** Aborts the work, besides the request's own signal. */
  signal?: AbortSignal | undefined;
  /** Told of each failure that is not the client's, for a log. Default: `console.error` for defects. */
  onError?: ((error: unknown, context: Partial<AuthorizeContext>) => void) | undefined;
}

/** Bytes that an answer may hold when the option is not given: 16 MiB. */
export const defaultMaxOutputBytes = 16 * 1024 * 1024;

/** JSON writes a byte with up to six characters, and an answer holds two streams. */
const largestAnswer = 32 * 1024 * 1024;

const names = ['authorize', 'cors', 'maxBodyBytes', 'maxOutputBytes', 'onError', 'signal'] as const satisfies readonly (keyof ComputeHandlerOptions)[];

/** Throws UnknownOptionError or InvalidArgumentError: a mistake in the handler's set-up is no answer to a request. */
export function checkHandlerOptions(options: ComputeHandlerOptions): void {
  rejectUnknownOptions(options, names, 'handleComputeRequest()');
  checkCors(options.cors);
  const { maxOutputBytes = defaultMaxOutputBytes } = options;
  if (Number.isInteger(maxOutputBytes) && maxOutputBytes >= 1 && maxOutputBytes <= largestAnswer) return;
  throw new InvalidArgumentError(`maxOutputBytes must be a whole number of bytes from 1 to ${largestAnswer}, got ${String(maxOutputBytes)}`, {
    field: 'maxOutputBytes',
  });
}
