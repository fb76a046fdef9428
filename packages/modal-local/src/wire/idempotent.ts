// Calls that are sent again after their answer got lost: they get the first answer, and do their work once.

import type { CallContext } from 'nice-grpc-common';

import { Idempotency } from '../engine/idempotency.js';
import type { World } from '../engine/world.js';

/** A handler that remembers its answers by `x-idempotency-key`. A failure is not remembered. */
export function idempotent<Request, Response>(world: World, handler: (request: Request) => Response | Promise<Response>) {
  const answers = new Idempotency<Response>(world, () => undefined);
  return (request: Request, { metadata, signal }: CallContext): Promise<Response> =>
    answers.run(metadata.get('x-idempotency-key'), async () => handler(request), signal);
}
