// What an application decides about the handler.

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
  /** Aborts the work, besides the request's own signal. */
  signal?: AbortSignal | undefined;
  /** Told of each failure that is not the client's, for a log. Default: `console.error` for defects. */
  onError?: ((error: unknown, context: Partial<AuthorizeContext>) => void) | undefined;
}

const names = ['authorize', 'cors', 'maxBodyBytes', 'onError', 'signal'] as const satisfies readonly (keyof ComputeHandlerOptions)[];

/** Throws UnknownOptionError or InvalidArgumentError: a mistake in the handler's set-up is no answer to a request. */
export function checkHandlerOptions(options: ComputeHandlerOptions): void {
  rejectUnknownOptions(options, names, 'handleComputeRequest()');
  checkCors(options.cors);
}
