import {
  AlreadyExistsError,
  AuthenticationError,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  NotFoundError,
  PermissionDeniedError,
  QuotaExceededError,
  TimeoutError,
  UnavailableError,
  UnsupportedError,
} from 'computesdk';
import * as sdk from 'modal';
import { describe, expect, test } from 'vitest';

import { fromModal } from './from-modal.js';
import { Status } from './grpc-error.js';

function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`/modal.client.ModalClient/SandboxCreateV2 ${code}: ${details}`), { name: 'ClientError', code, details });
}

describe('by gRPC status', () => {
  test.each([
    [Status.UNAUTHENTICATED, AuthenticationError, 'Modal authentication failed: because', false],
    [Status.PERMISSION_DENIED, PermissionDeniedError, 'Modal denied permission: because', false],
    [Status.RESOURCE_EXHAUSTED, QuotaExceededError, 'Modal quota exceeded: because', true],
    [Status.NOT_FOUND, NotFoundError, 'because', false],
    [Status.ALREADY_EXISTS, AlreadyExistsError, 'because', false],
    [Status.INVALID_ARGUMENT, InvalidArgumentError, 'because', false],
    [Status.FAILED_PRECONDITION, FailedPreconditionError, 'because', false],
    [Status.UNIMPLEMENTED, UnsupportedError, 'because', false],
    [Status.DEADLINE_EXCEEDED, TimeoutError, 'Modal did not answer in time: because', true],
    [Status.UNAVAILABLE, UnavailableError, 'Modal is unavailable: because', true],
    [Status.INTERNAL, InternalError, 'Modal failed: because', false],
    [Status.UNKNOWN, InternalError, 'Modal failed: because', false],
  ])('%d', (code, kind, message, retryable) => {
    const cause = grpcError(code, 'because');
    const error = fromModal(cause);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ message, retryable, cause });
  });

  test('words in the text do not matter', () => {
    expect(fromModal(grpcError(Status.INVALID_ARGUMENT, 'memory limit exceeds the quota; unauthorized'))).toBeInstanceOf(InvalidArgumentError);
  });
});

describe('by class of the SDK', () => {
  test.each([
    [new sdk.NotFoundError('x'), NotFoundError],
    [new sdk.AlreadyExistsError('x'), AlreadyExistsError],
    [new sdk.InvalidError('x'), InvalidArgumentError],
    [new sdk.ConflictError('x'), FailedPreconditionError],
    [new sdk.ResourceExhaustedError('x'), QuotaExceededError],
    [new sdk.TimeoutError('x'), TimeoutError],
    [new sdk.SandboxTimeoutError('x'), TimeoutError],
    [new sdk.ClientClosedError(), FailedPreconditionError],
    [new sdk.SnapshotCreationError('x'), FailedPreconditionError],
    [new Error('x'), InternalError],
  ])('%s', (cause, kind) => {
    const error = fromModal(cause);
    expect(error).toBeInstanceOf(kind);
    expect(error.cause).toBe(cause);
  });

  test('the capacity of Modal is a quota', () => {
    expect(fromModal(new sdk.ResourceExhaustedError('Insufficient capacity')).message).toBe('Modal quota exceeded: Insufficient capacity');
  });

  test('an error of the interface stays as it is; what is no error is kept as a cause', () => {
    const own = new NotFoundError('x');
    expect(fromModal(own)).toBe(own);
    expect(fromModal('text')).toMatchObject({ message: 'text', cause: 'text' });
  });
});
