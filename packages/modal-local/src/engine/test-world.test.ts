import { describe, expect, it } from 'vitest';

import { mintId } from './mint-id.js';
import { TestWorld } from './test-world.js';

const NEW_YEAR = Date.UTC(2030, 0, 1);

describe('a chosen world', () => {
  it('draws the same ids from the same seed, and others from another', () => {
    const ids = (seed: string) => {
      const world = new TestWorld({ seed });
      return [mintId(world, 'ap'), mintId(world, 'ap')];
    };
    expect(ids('a')).toEqual(ids('a'));
    expect(ids('a')).not.toEqual(ids('b'));
    expect(new Set(ids('a')).size).toBe(2);
  });

  it('stands still until it is advanced', () => {
    const world = new TestWorld({ now: NEW_YEAR });
    expect(world.now()).toBe(NEW_YEAR);
    world.advance(1_500);
    expect(world.now()).toBe(NEW_YEAR + 1_500);
  });

  it('does what falls due in order, each at its time', () => {
    const world = new TestWorld({ now: NEW_YEAR });
    const rung: [string, number][] = [];
    world.after(2_000, () => rung.push(['second', world.now() - NEW_YEAR]));
    world.after(1_000, () => {
      rung.push(['first', world.now() - NEW_YEAR]);
      world.after(500, () => rung.push(['from the first', world.now() - NEW_YEAR]));
    });
    world.after(10_000, () => rung.push(['later', world.now() - NEW_YEAR]));
    const callOff = world.after(1_200, () => rung.push(['called off', 0]));
    callOff();
    world.advance(5_000);
    expect(rung).toEqual([['first', 1_000], ['from the first', 1_500], ['second', 2_000]]);
    expect(world.now()).toBe(NEW_YEAR + 5_000);
  });

  it("runs with the machine's clock when no time is chosen, and can still be put forward", async () => {
    const world = new TestWorld();
    const [before, now, after] = [Date.now(), world.now(), Date.now()];
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(after);
    const rung = new Promise<void>((resolve) => world.after(3_600_000, resolve));
    world.advance(3_599_990);
    await rung;
    expect(world.now() - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('never goes back', () => {
    expect(() => new TestWorld().advance(-1)).toThrow('not negative');
  });
});
