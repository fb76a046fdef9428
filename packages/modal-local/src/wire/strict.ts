// Nothing that a caller asks for is ignored: a field that the engine does not honour is an error, or, in loose mode, a warning.

import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';

import { EngineError } from '../engine/errors.js';
import { METHODS } from './gen/schema.js';
import { unsupportedFields } from './support/check-fields.js';
import { warn } from './warnings.js';

const REQUESTS = new Map(METHODS.map((method) => [method.path, method.request]));

export function strictMiddleware({ loose }: { loose: boolean }) {
  return async function* <Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    const message = REQUESTS.get(call.method.path);
    if (message !== undefined && !call.requestStream && typeof call.request === 'object' && call.request !== null) {
      const complaints = unsupportedFields(message, call.request);
      if (complaints.length > 0 && !loose) throw new EngineError('INVALID_ARGUMENT', complaints.join(' '));
      for (const complaint of complaints) warn(context, complaint);
    }
    return yield* call.next(call.request, context);
  };
}
