// The one meaning of a pattern in a log.

import { InvalidArgumentError } from 'computesdk';

/** The first match: a string is searched for, a RegExp is run from the start whatever its flags. */
export function findIn(log: string, pattern: string | RegExp): string | undefined {
  if (typeof pattern === 'string') return log.includes(pattern) ? pattern : undefined;
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(log)?.[0];
}

/** Throws before a wait that nothing could end. */
export function checkPattern(pattern: unknown): void {
  if (pattern instanceof RegExp || (typeof pattern === 'string' && pattern !== '')) return;
  throw new InvalidArgumentError('pattern must be a non-empty string or a RegExp', { field: 'pattern' });
}
