// Two things timed in turn, A B A B, so that a machine whose speed drifts cheats neither.

import { performance } from 'node:perf_hooks';

/**
 * @param {{ name: string, unit: 'ms' | 'MB/s', runs: number, warmup?: number, megabytes?: number,
 *           ours: () => Promise<unknown>, peer: () => Promise<unknown> }} benchmark
 *   `megabytes` a run moves, where the unit is MB/s.
 * @returns a figure: medians of ours and the peer, and the median of the ratios pair by pair (ours / peer).
 */
export async function compare({ name, unit, runs, warmup = 3, megabytes, ours, peer }) {
  for (let run = 0; run < warmup; run++) {
    await ours();
    await peer();
  }
  const pairs = [];
  for (let run = 0; run < runs; run++) pairs.push([await time(ours), await time(peer)]);
  const value = (milliseconds) => (unit === 'ms' ? milliseconds : (megabytes * 1000) / milliseconds);
  return {
    name,
    ours: round(median(pairs.map(([a]) => value(a)))),
    peer: round(median(pairs.map(([, b]) => value(b)))),
    ratio: round(median(pairs.map(([a, b]) => value(a) / value(b)))),
    unit,
    runs,
  };
}

/** Milliseconds of one call; a call that returns `{ milliseconds }` has timed itself. */
async function time(action) {
  const start = performance.now();
  const result = await action();
  return result?.milliseconds ?? performance.now() - start;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function round(value) {
  return Number(value.toPrecision(4));
}
