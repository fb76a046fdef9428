// The one meaning of a pattern in a log.

/** The first match: a string is searched for, a RegExp is run from the start whatever its flags. */
export function findIn(log: string, pattern: string | RegExp): string | undefined {
  if (typeof pattern === 'string') return log.includes(pattern) ? pattern : undefined;
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(log)?.[0];
}
