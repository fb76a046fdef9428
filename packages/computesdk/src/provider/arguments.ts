// Programs in JavaScript have no compiler to tell them: what every provider checks of its calls' arguments.

import { InvalidArgumentError } from '../errors/invalid.js';
import { rejectUnknownOptions } from '../options/reject-unknown.js';
import type { GetUrlOptions } from '../sandbox/sandbox.js';

/** Throws unless `value` is a path that Linux can have. */
export function checkPath(value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return;
  throw new InvalidArgumentError('path must be a non-empty string without NUL', { field: 'path' });
}

/** Throws unless `value` can be the content of a file or the input of a command. */
export function checkContent(field: string, value: unknown): asserts value is string | Uint8Array {
  // Not `instanceof`: test runners give modules a realm of their own.
  if (typeof value === 'string' || Object.prototype.toString.call(value) === '[object Uint8Array]') return;
  throw new InvalidArgumentError(`${field} must be a string or a Uint8Array, got ${kindOf(value)}`, {
    field,
    suggestion: 'Make text of it with JSON.stringify(), or bytes of an ArrayBuffer with new Uint8Array(buffer).',
  });
}

/** Throws unless `value` names a port, and nothing that `getUrl` does not know. */
export function checkGetUrlOptions(value: unknown): asserts value is GetUrlOptions {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidArgumentError(`getUrl() takes { port, protocol? }, got ${kindOf(value)}`, { field: 'port' });
  }
  rejectUnknownOptions(value, ['port', 'protocol', 'signal'], 'getUrl()');
  const { port } = value as Partial<GetUrlOptions>;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new InvalidArgumentError(`port must be a whole number from 1 to 65535, got ${String(port)}`, { field: 'port' });
}

/** Throws unless `value` is an AbortSignal, of whichever realm. */
export function checkSignal(value: unknown): asserts value is AbortSignal {
  if (typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value) return;
  throw new InvalidArgumentError(`signal must be an AbortSignal, got ${kindOf(value)}`, { field: 'signal' });
}

/** What a wrong value is, in a word for an error message. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `'${value}'` : String(value);
}
