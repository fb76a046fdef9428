// Providers are written against both generations of the interface, and checked against them with spies: a callee sees the
// arguments that the caller gave, and no `undefined` behind them.

/** The argument as a list to spread: empty for `undefined`. */
export function ifGiven<T>(argument: T | undefined): [] | [T] {
  return argument === undefined ? [] : [argument];
}

/** The same for options that were read: empty when none is set. */
export function ifAny<T extends object>(options: T): [] | [T] {
  return Object.keys(options).length === 0 ? [] : [options];
}
