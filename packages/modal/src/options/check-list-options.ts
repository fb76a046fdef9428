// A list narrowed by an option that nothing reads would hold too much, and who destroys what it holds, too.

import { rejectUnknownOptions } from 'computesdk';

import * as is from './kinds.js';

const checks: Record<string, is.Check> = { limit: is.count, sandboxId: is.text, tags: is.textRecord };

/** Throws unless every option is one of `known` and can be honoured. `place` names the call in the message. */
export function checkListOptions(options: object, known: readonly (keyof typeof checks)[], place: string): void {
  rejectUnknownOptions(options, [...known, 'signal'], place);
  for (const [field, value] of Object.entries(options)) {
    if (value !== undefined) checks[field]?.(field, value);
  }
}
