// What is written into a sandbox's requests on their way out: at creation, and while it runs.

import type { Secrets } from '../engine/secrets.js';
import { OutboundPolicy } from '../engine/outbound/outbound-policy.js';
import { EngineError } from '../engine/errors.js';
import { authorizedSandbox } from './auth.js';
import type { ExperimentalOutboundPolicy } from './gen/modal/client.js';
import type { RouterHandlers, WireOptions } from './services.js';

export function outboundHandlers({ engine }: WireOptions): RouterHandlers {
  return {
    async taskSetOutboundPolicy(request, context) {
      const sandbox = authorizedSandbox(engine.sandboxes, request.taskId, context);
      if (!request.experimentalOutboundPolicy) throw new EngineError('INVALID_ARGUMENT', 'experimental_outbound_policy is missing');
      sandbox.setOutboundPolicy(toOutboundPolicy(request.experimentalOutboundPolicy, engine.objects.secrets));
      return {};
    },
  };
}

/** Throws INVALID_ARGUMENT, NOT_FOUND. */
export function toOutboundPolicy({ headerReplacements }: ExperimentalOutboundPolicy, secrets: Secrets): OutboundPolicy {
  return new OutboundPolicy(
    headerReplacements.map(({ domain, headers, secretId }) => ({
      domain,
      headers,
      secret: secretId === '' ? {} : secrets.resolve([{ secretId }]),
    })),
  );
}
