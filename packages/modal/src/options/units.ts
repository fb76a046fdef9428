// Modal counts time in whole seconds and memory in whole MiB. Rounding up never gives less than was asked for.

/** Milliseconds rounded up to a whole second. */
export function wholeSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000) * 1000;
}
