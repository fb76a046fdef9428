// What an engine is started with, by programs and by the command line, and whether it is that.

import { nearest } from './nearest.js';
import type { Credentials } from './wire/auth.js';
import type { Fault } from './wire/faults.js';

export interface LocalModalOptions {
  /** The port on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** A directory to keep images, volumes, secrets and queues in; by default a temporary one that `stop` deletes. */
  stateDir?: string;
  /** What clients must show; random by default. */
  credentials?: Credentials;
  /** Options that this engine cannot honour become warnings instead of errors. Default false. */
  loose?: boolean;
  /** GiB that a sandbox may write before it meets ENOSPC; 0 is without limit. Default 20. */
  diskGiB?: number;
  /** This machine's own files stand in for python, node, debian and ubuntu when their registry cannot be reached. Default true. */
  hostFallback?: boolean;
  /**
   * Where clients reach the engine when it is behind a proxy or a forwarded port, `http://HOST:PORT`: what `env` names, and
   * where the engine sends clients for a sandbox's data. Modal's SDK speaks plaintext only to localhost and 127.0.0.1.
   */
  advertisedUrl?: string;
  /** Gives up a start that is under way: the engine that it began is stopped, nothing of it is left, and the start rejects with the signal's reason. */
  signal?: AbortSignal;
  /** For tests: ids, and which calls a fault strikes, are the same in each run that makes the same calls in the same order. */
  seed?: string | number;
  /**
   * For tests: the engine's clock stands still at this time and moves only by `controls.advance`. Without it the clock is the machine's.
   * A number is milliseconds since 1970.
   */
  now?: Date | number;
  /** For tests: faults that strike from the first call on. */
  faults?: readonly Fault[];
}

/** What a sandbox's disk may be, in GiB: 16 MiB hold a file system. */
export const isDiskGiB = (value: unknown): boolean => value === 0 || (isFinite(value) && value >= 1 / 64);
export const DISK_GIB = 'a number, 0 or at least 0.016';

type Check = readonly [isGood: (value: unknown) => boolean, expected: string];

const CHECKS: { readonly [Name in keyof Required<LocalModalOptions>]: Check } = {
  port: [(value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535, 'a whole number from 0 to 65535'],
  stateDir: [isText, "a directory's path"],
  credentials: [(value) => isRecord(value) && isText(value['tokenId']) && isText(value['tokenSecret']), '{ tokenId, tokenSecret }, neither of them empty'],
  loose: [isBoolean, 'true or false'],
  diskGiB: [isDiskGiB, DISK_GIB],
  hostFallback: [isBoolean, 'true or false'],
  advertisedUrl: [isText, 'a URL'],
  signal: [(value) => value instanceof AbortSignal, 'an AbortSignal'],
  seed: [(value) => isText(value) || isFinite(value), 'a text or a number'],
  now: [(value) => isFinite(value instanceof Date ? value.getTime() : value), 'a valid Date, or milliseconds since 1970'],
  faults: [Array.isArray, 'a list of faults'],
};

/** Throws TypeError for what is no option, or no value of one; undefined is as good as absent. */
export function checkOptions(options: unknown): void {
  if (!isRecord(options)) throw new TypeError(`The options of a local engine are an object, got ${shown(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const check: Check | undefined = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof LocalModalOptions] : undefined;
    if (check === undefined) {
      const suggestion = nearest(name, Object.keys(CHECKS));
      throw new TypeError(`A local engine has no option '${name}'${suggestion === undefined ? '' : `; did you mean '${suggestion}'?`}`);
    }
    const [isGood, expected] = check;
    if (value !== undefined && !isGood(value)) throw new TypeError(`The option '${name}' of a local engine takes ${expected}, got ${shown(value)}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'another object';
  return typeof value === 'string' ? `'${value}'` : String(value);
}
