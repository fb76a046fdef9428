// The one converter from what Modal's SDK throws to the errors of the interface. By class and status, never by text.

import {
  AlreadyExistsError,
  type ComputeError,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  isComputeError,
  NotFoundError,
  QuotaExceededError,
  TimeoutError,
} from 'computesdk';
import * as sdk from 'modal';

import { fromGrpc } from './from-grpc.js';
import { isGrpcError } from './grpc-error.js';

/** The error as one of the interface; the original is its `cause`. */
export function fromModal(error: unknown): ComputeError {
  if (isComputeError(error)) return error;
  if (isGrpcError(error)) return fromGrpc(error);
  const facts = { cause: error };
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof sdk.NotFoundError) return new NotFoundError(text, facts);
  if (error instanceof sdk.AlreadyExistsError) return new AlreadyExistsError(text, facts);
  if (error instanceof sdk.InvalidError) return new InvalidArgumentError(text, facts);
  if (error instanceof sdk.ConflictError) return new FailedPreconditionError(text, facts);
  if (error instanceof sdk.ResourceExhaustedError) {
    return new QuotaExceededError(`Modal quota exceeded: ${text}`, {
      ...facts,
      retryable: true,
      suggestion: 'Try again later, another region, or fewer resources.',
    });
  }
  if (error instanceof sdk.TimeoutError || error instanceof sdk.SandboxTimeoutError) return new TimeoutError(text, facts);
  if (error instanceof sdk.ClientClosedError) {
    return new FailedPreconditionError('The provider is closed, or the sandbox handle detached', {
      ...facts,
      suggestion: 'Make a new provider with modal(), or get the sandbox again with getById().',
    });
  }
  if (error instanceof sdk.SnapshotCreationError) return new FailedPreconditionError(`The snapshot failed: ${text}`, facts);
  return new InternalError(text, facts);
}
