// No way out at all: every container gets the runtime's own namespace, which holds only loopback.

import type { NetworkDriver, NetworkPolicy, SandboxNetwork } from '../driver.js';
import { EngineError } from '../../engine/errors.js';
import { checkPolicy } from '../policy.js';

/** `limitation` tells users why their sandboxes have no network, and what to do about it. */
export function createLoopbackNetwork(limitation: string): NetworkDriver {
  return {
    name: 'none',
    limitation,
    attach: async (_sandboxId, policy, { interceptor } = {}) => {
      if (interceptor !== undefined) throw new EngineError('FAILED_PRECONDITION', `No outbound traffic can be changed here: ${limitation}`);
      checkPolicy(policy);
      return new LoopbackNetwork();
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

class LoopbackNetwork implements SandboxNetwork {
  readonly netnsPath = undefined;
  readonly resolvConf = '';

  // Loopback alone is within every policy; `limitation` has said that an open one gives no more.
  async setPolicy(policy: NetworkPolicy): Promise<void> {
    checkPolicy(policy);
  }

  async release(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
