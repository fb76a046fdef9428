// How a launcher tells that code did not parse: a mark on standard error that the code, which never ran, cannot have printed.

import { CodeSyntaxError } from 'computesdk';
import { randomUUID } from 'node:crypto';

// Code that found the mark could print it, and anything after it.
const longestComplaint = 1 << 20;

export function newMark(): string {
  return `computesdk-syntax-error ${randomUUID()}\n`;
}

/** Throws a CodeSyntaxError when `stderr` holds the mark. */
export function throwIfMarked(stderr: string, mark: string): void {
  const at = stderr.indexOf(mark);
  if (at === -1) return;
  const printed = stderr.slice(at + mark.length).trimEnd();
  // The last line that names an error is the parser's; what stands before it is the place.
  const lines = printed.split('\n');
  const message = lines.findLast((line) => /^\w*Error: /.test(line)) ?? lines.at(-1) ?? '';
  throw new CodeSyntaxError(message.replace(/^SyntaxError: /, ''), {
    stderr: printed,
    suggestion: 'Correct the code, or say which language it is: runCode(code, \'node\').',
  });
}

export interface MarkFilter {
  push(data: string): void;
  /** The stream has ended. Returns the mark and what followed it; empty when there was none. */
  end(): string;
}

/** Passes live standard error on, up to the mark. */
export function untilMark(mark: string, onStderr: (data: string) => void): MarkFilter {
  let held = '';
  let marked = false;
  return {
    push(data) {
      held += data;
      if (marked) {
        held = held.slice(0, longestComplaint);
        return;
      }
      const at = held.indexOf(mark);
      marked = at !== -1;
      const safe = marked ? at : held.length - heldBack(held, mark);
      if (safe > 0) onStderr(held.slice(0, safe));
      held = held.slice(safe);
    },
    end() {
      if (marked) return held;
      if (held !== '') onStderr(held);
      return '';
    },
  };
}

/** Length of the longest end of `text` that the mark starts with. */
function heldBack(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}
