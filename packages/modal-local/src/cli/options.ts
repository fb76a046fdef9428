// Options of a verb: node:util's parser, with messages that help.

import { parseArgs, type ParseArgsConfig } from 'node:util';

import { nearest } from '../nearest.js';
import { UsageError } from './usage-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Throws UsageError, with the nearest option's name for an unknown one. */
export function parseOptions<const T extends Options>(args: string[], options: T, { positionals = false } = {}) {
  try {
    return parseArgs({ args, options, allowPositionals: positionals, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /Unknown option '(--?[^']+)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw new UsageError(error.message);
    const suggestion = nearest(unknown, Object.keys(options).map((name) => `--${name}`));
    throw new UsageError(`unknown option '${unknown}'${suggestion === undefined ? '' : `; did you mean '${suggestion}'?`}`);
  }
}

/** Throws UsageError. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`--port takes a number from 0 to 65535, got '${text}'`);
  return port;
}

/** Throws UsageError. */
export function parseNumber(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0)) throw new UsageError(`${option} takes a number of 0 or more, got '${text}'`);
  return number;
}

/** Throws UsageError. */
export function parseShare(option: string, text: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 1)) throw new UsageError(`${option} takes a share from 0 to 1, got '${text}'`);
  return share;
}
