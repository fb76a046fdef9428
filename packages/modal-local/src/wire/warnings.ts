// Warnings that reach the user: the SDK prints each one that it finds in this trailer, once.

import type { CallContext } from 'nice-grpc-common';

const TRAILER = 'x-modal-warning';

/** Adds to what the call has warned of so far. */
export function warn(context: CallContext, warning: string): void {
  const before = context.trailer.get(TRAILER);
  const encoded = encodeURIComponent(warning);
  context.trailer.set(TRAILER, before === undefined ? encoded : `${before},${encoded}`);
}
