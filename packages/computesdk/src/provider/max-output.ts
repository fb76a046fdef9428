// How much of what a program prints a result keeps. A program that nobody trusts decides how much it prints.

import { InvalidArgumentError } from '../errors/invalid.js';
import { OutputLimitError } from '../errors/program.js';
import type { RunCommandOptions } from '../sandbox/command-options.js';

/** Bytes of each stream that a result keeps where the call does not tell: 64 MiB. */
export const defaultMaxOutput = 64 * 1024 * 1024;

/** V8's longest string. No byte decodes to more than one of its units. */
const longestText = 2 ** 29 - 24;

/** Throws unless `value` is a number of bytes that a string can keep. */
export function checkMaxOutput(field: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= longestText) return;
  throw new InvalidArgumentError(`${field} must be a whole number of bytes from 1 to ${longestText}, got ${String(value)}`, { field });
}

/** The same for the option of a call, which may be `0` where callbacks take the output. */
export function checkMaxOutputOption({ background, maxOutput, onStdout, onStderr }: RunCommandOptions): void {
  if (maxOutput === undefined) return;
  if (background) {
    throw new InvalidArgumentError('maxOutput does not hold for a background command, whose output no result keeps', { field: 'maxOutput' });
  }
  if (maxOutput !== 0) return checkMaxOutput('maxOutput', maxOutput);
  if (onStdout && onStderr) return;
  throw new InvalidArgumentError('maxOutput: 0 keeps no output: give onStdout and onStderr to take it', { field: 'maxOutput' });
}

/** The output as a result keeps it, from a service that gave all of it. Throws an OutputLimitError. */
export function keptOutput<T extends { stdout: string; stderr: string }>(output: T, maxOutput = defaultMaxOutput): T {
  if (maxOutput === 0) return { ...output, stdout: '', stderr: '' };
  const { stdout, stderr } = output;
  if (!isLonger(stdout, maxOutput) && !isLonger(stderr, maxOutput)) return output;
  throw new OutputLimitError({ maxOutput, stdout, stderr });
}

function isLonger(text: string, bytes: number): boolean {
  // A unit of a string has one to three bytes: most need no counting.
  return text.length > bytes || (text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes);
}
