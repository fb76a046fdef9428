// Which other sites' pages may call the handler. Without the option: none.

import { InvalidArgumentError } from '../errors/invalid.js';
import type { WebRequest } from './web-request.js';

/** Cross-origin access. `true` lets every site in, without cookies. */
export type CorsOption = boolean | CorsOptions;

export interface CorsOptions {
  /** Origins that may call: one, several, or a test. Default: every one. */
  origin?: string | readonly string[] | ((origin: string) => boolean) | undefined;
  /** Whether pages may send cookies; needs `origin`. Default `false`. */
  credentials?: boolean | undefined;
  /** Request headers that pages may set. Default `content-type, authorization`. */
  headers?: readonly string[] | undefined;
  /** Seconds that a browser may keep the answer to a preflight. Default 600. */
  maxAge?: number | undefined;
}

/** Throws an InvalidArgumentError for a combination that browsers refuse. */
export function checkCors(option: CorsOption | undefined): void {
  if (typeof option !== 'object') return;
  const { credentials, origin } = option;
  if (credentials && (origin === undefined || origin === '*')) {
    throw new InvalidArgumentError('cors.credentials needs cors.origin: name the sites that may send cookies', { field: 'cors' });
  }
}

/** The CORS headers for this request; empty when its origin is not let in. */
export function corsHeaders(request: WebRequest, option: CorsOption | undefined): Record<string, string> {
  if (!option) return {};
  const { origin, credentials = false, headers = ['content-type', 'authorization'], maxAge = 600 } = option === true ? {} : option;
  const from = request.headers.get('origin');
  if (origin === undefined || origin === '*') {
    return { 'access-control-allow-origin': '*', ...preflightHeaders(request, headers, maxAge) };
  }
  if (from === null || !isAllowed(from, origin)) return { vary: 'origin' };
  return {
    'access-control-allow-origin': from,
    vary: 'origin',
    ...(credentials && { 'access-control-allow-credentials': 'true' }),
    ...preflightHeaders(request, headers, maxAge),
  };
}

function isAllowed(from: string, origin: NonNullable<CorsOptions['origin']>): boolean {
  if (typeof origin === 'function') return origin(from);
  return typeof origin === 'string' ? origin === from : origin.includes(from);
}

function preflightHeaders(request: WebRequest, headers: readonly string[], maxAge: number): Record<string, string> {
  if (request.method !== 'OPTIONS') return {};
  return {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': headers.join(', '),
    'access-control-max-age': String(maxAge),
  };
}
