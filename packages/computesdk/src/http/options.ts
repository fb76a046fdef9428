// What an application decides about the handler.

import type { Authorize, AuthorizeContext } from './authorize.js';
import type { CorsOption } from './cors.js';

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

export const handlerOptionNames = ['authorize', 'cors', 'maxBodyBytes', 'onError', 'signal'] as const satisfies readonly (keyof ComputeHandlerOptions)[];
