// One way from unknown JSON to a typed request: zod's findings become sentences that name the field.

import type { z } from 'zod';
import { InvalidArgumentError } from '../errors/invalid.js';

/** The value as `schema` types it. Throws an InvalidArgumentError for the first finding. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value, { error: sentence });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidArgumentError(issue?.message ?? 'Invalid request', { field: fieldOf(issue?.path) });
}

type Finding = z.core.$ZodRawIssue;

function sentence(finding: Finding): string | undefined {
  const field = fieldOf(finding.path);
  if (finding.input === undefined || finding.input === '') return `${field} is required`;
  switch (finding.code) {
    case 'invalid_type':
      return `${field} must be ${kinds[finding.expected] ?? finding.expected}`;
    case 'invalid_value':
      return `${field} must be one of ${finding.values.join(', ')}`;
    case 'too_small':
      return `${field} must be at least ${finding.minimum}`;
    case 'too_big':
      return `${field} must be at most ${finding.maximum}`;
    default:
      return undefined;
  }
}

const kinds: Record<string, string> = {
  array: 'an array',
  boolean: 'a boolean',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

function fieldOf(path: readonly PropertyKey[] = []): string {
  return path.map(String).join('.') || 'request';
}
