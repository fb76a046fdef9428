// An option that nothing honours is an error, never ignored.

import { UnknownOptionError } from '../errors/invalid.js';

/**
 * Throws an UnknownOptionError for the first key of `options` that is not in `known`. Keys whose value is `undefined` pass.
 * `place` names the call in the message, for example `sandbox.create()`.
 */
export function rejectUnknownOptions(options: object, known: readonly string[], place: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !known.includes(name)) throw new UnknownOptionError(name, known, place);
  }
}
