// The two things that a test suite may want to choose: time and chance.

import { randomBytes } from 'node:crypto';

import { afterRealTime } from './timer.js';

export interface World {
  /** Milliseconds since 1970, for dates: it jumps when the machine's clock is set. */
  now(): number;
  /** Whole milliseconds since some moment, for deadlines: it only ever goes on. */
  elapsed(): number;
  /** Calls `action` once that much time has gone by, and does not keep the process alive for it; the result calls it off. */
  after(milliseconds: number, action: () => void): () => void;
  randomBytes(count: number): Uint8Array;
}

export const REAL_WORLD: World = { now: () => Date.now(), elapsed: () => Math.floor(performance.now()), after: afterRealTime, randomBytes: (count) => randomBytes(count) };
