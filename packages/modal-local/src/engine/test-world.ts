// Time and chance as a test suite chooses them: ids that are the same in every run, a clock that it moves on by hand.

import { createHash, randomBytes } from 'node:crypto';

import { EngineError } from './errors.js';
import { afterRealTime } from './timer.js';
import { REAL_WORLD, type World } from './world.js';

export interface TestWorldOptions {
  /** Ids follow from it, in the order in which they are asked for. Chance without it. */
  seed?: string;
  /** Milliseconds since 1970: the clock stands still there until it is advanced. Without it the clock is this machine's. */
  now?: number;
}

interface Alarm {
  /** By `elapsed`. */
  at: number;
  action: () => void;
  callOff: () => void;
}

export class TestWorld implements World {
  readonly #seed: string | undefined;
  readonly #stoodAt: number | undefined;
  readonly #alarms = new Set<Alarm>();
  #advanced = 0;
  #drawn = 0;

  constructor({ seed, now }: TestWorldOptions = {}) {
    this.#seed = seed;
    this.#stoodAt = now;
  }

  now(): number {
    return (this.#stoodAt ?? Date.now()) + this.#advanced;
  }

  elapsed(): number {
    return (this.#stoodAt === undefined ? REAL_WORLD.elapsed() : 0) + this.#advanced;
  }

  after(milliseconds: number, action: () => void): () => void {
    const alarm: Alarm = { at: this.elapsed() + milliseconds, action, callOff: () => undefined };
    this.#alarms.add(alarm);
    this.#arm(alarm);
    return () => this.#callOff(alarm);
  }

  randomBytes(count: number): Uint8Array {
    if (this.#seed === undefined) return randomBytes(count);
    let drawn = Buffer.alloc(0);
    while (drawn.length < count) drawn = Buffer.concat([drawn, this.#draw(this.#seed)]);
    return drawn.subarray(0, count);
  }

  /** Moves the clock on and does what falls due, in order, each thing at its time. Throws INVALID_ARGUMENT. */
  advance(milliseconds: number): void {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      throw new EngineError('INVALID_ARGUMENT', `The clock advances by a number of milliseconds that is not negative, got ${milliseconds}`);
    }
    const target = this.elapsed() + milliseconds;
    for (let alarm = this.#dueBy(target); alarm; alarm = this.#dueBy(target)) {
      this.#advanced += Math.max(0, alarm.at - this.elapsed());
      this.#ring(alarm);
    }
    this.#advanced += Math.max(0, target - this.elapsed());
    // What is left comes that much sooner by the machine's clock.
    for (const alarm of this.#alarms) this.#arm(alarm);
  }

  #arm(alarm: Alarm): void {
    alarm.callOff();
    if (this.#stoodAt !== undefined) return;
    alarm.callOff = afterRealTime(alarm.at - this.elapsed(), () => this.#ring(alarm));
  }

  #ring(alarm: Alarm): void {
    this.#callOff(alarm);
    alarm.action();
  }

  #callOff(alarm: Alarm): void {
    alarm.callOff();
    this.#alarms.delete(alarm);
  }

  #dueBy(target: number): Alarm | undefined {
    return [...this.#alarms].filter(({ at }) => at <= target).sort((a, b) => a.at - b.at)[0];
  }

  #draw(seed: string): Uint8Array {
    this.#drawn += 1;
    return createHash('sha256').update(`${seed}\n${this.#drawn}`).digest();
  }
}
