// The one meaning of a pattern in a log that arrives in pieces, of which no more is kept than the search needs.

import { FailedPreconditionError, InvalidArgumentError } from 'computesdk';

/** Of the log that a RegExp is run on: it is run again for each piece. */
const longestLog = 16 * 1024 * 1024;

/** The first match: a string is searched for, a RegExp is run from the start whatever its flags. */
export class PatternSearch {
  readonly #find: (log: string) => string | undefined;
  readonly #pattern: string | RegExp;
  #log = '';

  /** Throws for what nothing could match, before a wait that nothing could end. */
  constructor(pattern: string | RegExp) {
    this.#pattern = pattern;
    if (pattern instanceof RegExp) {
      const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
      this.#find = (log) => expression.exec(log)?.[0];
    } else if (typeof pattern === 'string' && pattern !== '') {
      this.#find = (log) => (log.includes(pattern) ? pattern : undefined);
    } else {
      throw new InvalidArgumentError('pattern must be a non-empty string or a RegExp', { field: 'pattern' });
    }
  }

  /** The match once the log, with this piece, has one. Throws FailedPreconditionError for a log too long for a RegExp. */
  push(piece: string): string | undefined {
    this.#log += piece;
    const match = this.#find(this.#log);
    if (match !== undefined) return match;
    if (typeof this.#pattern === 'string') this.#log = this.#pattern.length === 1 ? '' : this.#log.slice(1 - this.#pattern.length);
    else if (this.#log.length > longestLog) throw tooLong(this.#pattern);
    return undefined;
  }
}

function tooLong(pattern: RegExp): FailedPreconditionError {
  return new FailedPreconditionError(`${longestLog} characters of the log do not match ${String(pattern)}`, {
    suggestion: 'Wait for a string, which is found in a log of any length, or read the log by a command.',
  });
}
