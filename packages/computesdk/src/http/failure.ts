// What a client may know about a failure: its facts, never a stack.

import { isComputeError, type SerializedComputeError } from '../errors/compute-error.js';
import { AbortedError, isAbortError } from '../errors/interrupted.js';
import { sandboxIdOf } from './envelope.js';
import type { ComputeResponse } from './protocol.js';

/** The response for a failure of any kind. */
export function failureResponse(error: unknown, body: unknown, provider: string): ComputeResponse {
  const { message, ...facts } = publicFacts(error);
  return { success: false, error: message, ...facts, sandboxId: sandboxIdOf(body), provider };
}

function publicFacts(error: unknown): SerializedComputeError {
  if (isComputeError(error)) return { ...error.toJSON(), message: withoutStack(error.message) };
  if (isAbortError(error)) return new AbortedError(error.message).toJSON();
  const message = error instanceof Error ? withoutStack(error.message) : '';
  return { code: 'internal', message: message || 'Internal error', retryable: false };
}

/** Some errors carry a stack in their message. */
function withoutStack(message: string): string {
  return message.replaceAll(/^\s+at .+$/gm, '').trim();
}
