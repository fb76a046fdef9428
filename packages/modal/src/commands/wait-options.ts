// What everything that waits for an event takes.

import type { CallOptions } from 'computesdk';

export interface WaitOptions extends CallOptions {
  /** Milliseconds. Default 30 000. */
  timeout?: number | undefined;
}
