// What the value of an option may be. Each check throws an InvalidArgumentError that names the option and what was got.

import { checkEnvironment, checkMilliseconds, InvalidArgumentError } from 'computesdk';

export type Check = (field: string, value: unknown) => void;

export function fail(field: string, expected: string, value: unknown): never {
  throw new InvalidArgumentError(`${field} must be ${expected}, got ${describe(value)}`, { field });
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

export const text: Check = (field, value) => {
  if (typeof value !== 'string' || value === '') fail(field, 'a non-empty string', value);
};

export const count: Check = (field, value) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) fail(field, 'a whole number from 1 on', value);
};

export const absolutePath: Check = (field, value) => {
  if (typeof value !== 'string' || !value.startsWith('/')) fail(field, 'an absolute path', value);
};

export const flag: Check = (field, value) => {
  if (typeof value !== 'boolean') fail(field, 'true or false', value);
};

export const positive: Check = (field, value) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) fail(field, 'a positive number', value);
};

export const milliseconds: Check = checkMilliseconds;

export const environment: Check = checkEnvironment;

/** `expected` says what else than an object the option takes. */
export const object = (expected: string): Check => (field, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(field, expected, value);
};

export const record = object('an object');

export const textRecord: Check = (field, value) => {
  record(field, value);
  for (const [name, entry] of Object.entries(value as object)) {
    if (typeof entry !== 'string') fail(`${field}.${name}`, 'a string', entry);
  }
};

export const byPath: Check = (field, value) => {
  record(field, value);
  for (const path of Object.keys(value as object)) absolutePath(`${field}: a mount path`, path);
};

export const present: Check = (field, value) => {
  if (value === null) fail(field, 'given or left out', value);
};

export const listOf = (check: Check): Check => (field, value) => {
  if (!Array.isArray(value)) fail(field, 'an array', value);
  value.forEach((entry, index) => check(`${field}[${index}]`, entry));
};

export const argument: Check = (field, value) => {
  if (typeof value !== 'string') fail(field, 'a string', value);
};

export const port: Check = (field, value) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65_535) {
    fail(field, 'a port from 1 to 65535', value);
  }
};

export const oneOf = (...choices: string[]): Check => (field, value) => {
  if (typeof value !== 'string' || !choices.includes(value)) fail(field, choices.map((choice) => `'${choice}'`).join(' or '), value);
};

export const either = (first: (value: unknown) => boolean, then: Check, otherwise: Check): Check => (field, value) =>
  (first(value) ? then : otherwise)(field, value);
