// Modal's SDK tells "not given" from "undefined" in its types; our options do not.

export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The entries of `values` that have a value. */
export function omitUndefined<T extends object>(values: T): Partial<Defined<T>> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Defined<T>>;
}
