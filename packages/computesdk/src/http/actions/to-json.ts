// Dates as text: providers give dates, older ones give text already.

import type { InJson } from '../protocol.js';

/** The object with each date as ISO 8601 text. */
export function toJson<T extends object>(value: T): InJson<T>;
export function toJson(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]: [string, unknown]) => [key, field instanceof Date ? field.toISOString() : field]),
  );
}
