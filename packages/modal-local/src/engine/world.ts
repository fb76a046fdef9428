// The two things that a test suite may want to choose: time and chance.

import { randomBytes } from 'node:crypto';

export interface World {
  /** Milliseconds since 1970. */
  now(): number;
  randomBytes(count: number): Uint8Array;
}

export const REAL_WORLD: World = { now: () => Date.now(), randomBytes: (count) => randomBytes(count) };
