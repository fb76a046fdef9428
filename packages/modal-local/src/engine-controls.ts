// What a test suite may do to a running engine, from the program that started it.

import type { Engine } from './engine/engine.js';
import { TestWorld } from './engine/test-world.js';
import { Faults, type Fault } from './wire/faults.js';

export type EngineAction =
  | { name: 'reset' }
  | { name: 'advance'; milliseconds: number }
  | { name: 'preempt'; sandboxId: string }
  | { name: 'inject'; fault: Fault }
  | { name: 'clearFaults' };

export interface TestSettings {
  /** Ids, and the choice of faults, follow from it. */
  seed?: string;
  /** Milliseconds since 1970, where the clock stands until it is advanced. */
  now?: number;
  faults: readonly Fault[];
}

export interface TestConditions {
  world: TestWorld;
  faults: Faults;
}

export function testConditions({ seed, now, faults: initial }: TestSettings): TestConditions {
  const world = new TestWorld({ ...(seed === undefined ? {} : { seed }), ...(now === undefined ? {} : { now }) });
  // Of its own, so that a fault changes no id.
  const dice = new TestWorld(seed === undefined ? {} : { seed: `${seed} faults` });
  const faults = new Faults(() => Buffer.from(dice.randomBytes(4)).readUInt32LE() / 2 ** 32);
  for (const fault of initial) faults.inject(fault);
  return { world, faults };
}

/** Answers with the engine's time, in milliseconds since 1970. Throws EngineError. */
export async function perform(action: EngineAction, engine: Engine, { world, faults }: TestConditions): Promise<number> {
  switch (action.name) {
    case 'reset':
      faults.clear();
      await engine.reset();
      break;
    case 'advance':
      world.advance(action.milliseconds);
      await engine.objects.prune();
      break;
    case 'preempt':
      engine.sandboxes.get(action.sandboxId).preempt();
      break;
    case 'inject':
      faults.inject(action.fault);
      break;
    case 'clearFaults':
      faults.clear();
      break;
  }
  return world.now();
}
