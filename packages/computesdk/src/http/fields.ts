// The fields of a request, each checked once and in one place.

import { z } from 'zod';

/** A string that must be there and say something. */
export const required = z.string().min(1);

export const sandboxId = z.string({ error: () => 'sandboxId is required for this action' }).min(1, 'sandboxId is required for this action');

export const positiveInteger = z.int().min(1);

export const texts = z.record(z.string(), z.string());

export const options = z.record(z.string(), z.unknown());

export const encoding = z.enum(['utf8', 'base64']).default('utf8');

/** Milliseconds. */
const milliseconds = z.number().min(1);

/** Options of a command that can be written in JSON. */
export const commandOptions = z
  .looseObject({
    background: z.boolean().optional(),
    cwd: required.optional(),
    env: texts.optional(),
    maxOutput: z.int().min(0).optional(),
    timeout: milliseconds.optional(),
    user: required.optional(),
    stdin: z.string().optional(),
  })
  .default({});

/** Every field of the protocol; a request with any other is refused. */
export const fieldNames = [
  'action',
  'args',
  'code',
  'command',
  'commandOptions',
  'content',
  'encoding',
  'limit',
  'metadata',
  'name',
  'options',
  'path',
  'port',
  'protocol',
  'runtime',
  'sandboxId',
  'snapshotId',
  'tags',
  'templateId',
] as const;
