// What a running sandbox may reach, changed while it runs.

import { EngineError } from '../engine/errors.js';
import type { NetworkPolicy } from '../network/driver.js';
import { authorizedSandbox } from './auth.js';
import { NetworkAccessNetworkAccessType as Access, type NetworkAccess } from './gen/modal/client.js';
import type { RouterHandlers, WireOptions } from './services.js';

export function networkHandlers({ engine }: WireOptions): RouterHandlers {
  return {
    async taskSetNetworkAccess(request, context) {
      const sandbox = authorizedSandbox(engine.sandboxes, request.taskId, context);
      if (!request.networkAccess) throw new EngineError('INVALID_ARGUMENT', 'network_access is missing');
      await sandbox.setNetworkPolicy(toPolicy(request.networkAccess));
      return {};
    },
  };
}

/** Throws INVALID_ARGUMENT. */
export function toPolicy(access: NetworkAccess | undefined): NetworkPolicy {
  if (!access) return { kind: 'open' };
  switch (access.networkAccessType) {
    case Access.NETWORK_ACCESS_NETWORK_ACCESS_TYPE_UNSPECIFIED:
    case Access.NETWORK_ACCESS_NETWORK_ACCESS_TYPE_OPEN:
      return { kind: 'open' };
    case Access.NETWORK_ACCESS_NETWORK_ACCESS_TYPE_BLOCKED:
      return { kind: 'blocked' };
    case Access.NETWORK_ACCESS_NETWORK_ACCESS_TYPE_ALLOWLIST:
      return { kind: 'allowlist', cidrs: access.allowedCidrs, domains: access.allowedDomains };
    default:
      throw new EngineError('INVALID_ARGUMENT', `network_access_type ${access.networkAccessType} is unknown`);
  }
}
