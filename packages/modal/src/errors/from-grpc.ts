// From a gRPC status to the error of the interface.

import {
  AlreadyExistsError,
  AuthenticationError,
  type ComputeError,
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

import { type GrpcError, Status } from './grpc-error.js';

export function fromGrpc(error: GrpcError): ComputeError {
  const detail = error.details === '' ? error.message : error.details;
  const facts = { cause: error };
  switch (error.code) {
    case Status.UNAUTHENTICATED:
      return new AuthenticationError(`Modal authentication failed: ${detail}`, {
        ...facts,
        suggestion: 'Check MODAL_TOKEN_ID and MODAL_TOKEN_SECRET, or make a new token with `modal token new`.',
      });
    case Status.PERMISSION_DENIED:
      return new PermissionDeniedError(`Modal denied permission: ${detail}`, {
        ...facts,
        suggestion: 'Use a token of a member who may do this in the workspace and environment.',
      });
    case Status.RESOURCE_EXHAUSTED:
      return new QuotaExceededError(`Modal quota exceeded: ${detail}`, {
        ...facts,
        retryable: true,
        suggestion: 'End sandboxes that are not needed, or raise the limits of the workspace at modal.com/settings.',
      });
    case Status.NOT_FOUND:
      return new NotFoundError(detail, facts);
    case Status.ALREADY_EXISTS:
      return new AlreadyExistsError(detail, facts);
    case Status.INVALID_ARGUMENT:
    case Status.OUT_OF_RANGE:
      return new InvalidArgumentError(detail, facts);
    case Status.FAILED_PRECONDITION:
      return new FailedPreconditionError(detail, facts);
    case Status.UNIMPLEMENTED:
      return new UnsupportedError(detail, facts);
    case Status.DEADLINE_EXCEEDED:
      return new TimeoutError(`Modal did not answer in time: ${detail}`, facts);
    case Status.UNAVAILABLE:
    case Status.ABORTED:
    case Status.CANCELLED:
      return new UnavailableError(`Modal is unavailable: ${detail}`, {
        ...facts,
        suggestion: 'Check the network and status.modal.com, then try again.',
      });
    default:
      return new InternalError(`Modal failed: ${detail}`, facts);
  }
}
