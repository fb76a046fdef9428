// The one place where what went wrong becomes a gRPC status. A status that the SDK retries is never an accident: it
// would cost the caller eleven tries and ten seconds.

import { ServerError, Status, type CallContext, type ServerMiddlewareCall } from 'nice-grpc-common';

import { EngineError } from '../engine/errors.js';
import { diskFull } from '../runtime/host/disk-full.js';
import { StateError } from '../store/state-error.js';
import { RPCRetryPolicy, RPCStatus } from './gen/modal/client.js';

const RETRY_POLICY_TYPE = 'type.googleapis.com/modal.client.RPCRetryPolicy';

export type ReportDefect = (method: string, error: unknown) => void;

export function errorsMiddleware(report: ReportDefect) {
  return async function* <Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    try {
      return yield* call.next(call.request, context);
    } catch (error) {
      throw toServerError(error, call.method.path, context, report);
    }
  };
}

function toServerError(error: unknown, method: string, context: CallContext, report: ReportDefect): unknown {
  if (error instanceof ServerError) return error;
  if (context.signal.aborted) return new ServerError(Status.CANCELLED, 'The call was cancelled');
  if (error instanceof EngineError) {
    if (error.retryAfterSeconds !== undefined) context.trailer.set('grpc-status-details-bin', retryDetails(error, error.retryAfterSeconds));
    return new ServerError(Status[error.code], error.message);
  }
  if (error instanceof StateError) return new ServerError(Status.FAILED_PRECONDITION, error.message);
  // Not RESOURCE_EXHAUSTED: the SDK takes that for a queue that is full, and tries again and again.
  const full = diskFull(error);
  if (full !== undefined) return new ServerError(Status.FAILED_PRECONDITION, full);
  report(method, error);
  return new ServerError(Status.INTERNAL, 'The engine failed in a way that it should not; its log has the details');
}

function retryDetails(error: EngineError, retryAfterSecs: number): Uint8Array {
  const value = Buffer.from(RPCRetryPolicy.encode(RPCRetryPolicy.fromPartial({ retryAfterSecs })).finish());
  const status = RPCStatus.fromPartial({ code: Status[error.code], message: error.message, details: [{ typeUrl: RETRY_POLICY_TYPE, value }] });
  return RPCStatus.encode(status).finish();
}
