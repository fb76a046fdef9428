// What a sandbox may reach, and who may reach it.

import { InvalidArgumentError, rejectUnknownOptions } from 'computesdk';

import * as is from '../options/kinds.js';
import { omitUndefined } from '../options/omit-undefined.js';

/** Network policy of a sandbox. Two allow lists add up; an empty one allows nothing. */
export interface NetworkPolicy {
  /** No network at all. Not together with the others. Default `false`. */
  block?: boolean | undefined;
  /** Reach only these address ranges, for example `['10.0.0.0/8']`. */
  allowCidrs?: readonly string[] | undefined;
  /** Reach only these domains; `*.example.com` takes subdomains in. */
  allowDomains?: readonly string[] | undefined;
  /** Accept connections to the sandbox's ports only from these address ranges. */
  inboundCidrs?: readonly string[] | undefined;
}

/** The policy under the SDK's names. */
export function networkParams(policy: NetworkPolicy | undefined): {
  blockNetwork?: boolean;
  outboundCidrAllowlist?: string[];
  outboundDomainAllowlist?: string[];
  inboundCidrAllowlist?: string[];
} {
  if (!policy) return {};
  rejectUnknownOptions(policy, ['block', 'allowCidrs', 'allowDomains', 'inboundCidrs'], 'network');
  const { block, allowCidrs, allowDomains, inboundCidrs } = policy;
  if (block !== undefined) is.flag('network.block', block);
  for (const [name, list] of Object.entries({ allowCidrs, allowDomains, inboundCidrs })) {
    if (list === undefined) continue;
    is.listOf(is.text)(`network.${name}`, list);
    if (block) {
      throw new InvalidArgumentError(`network.${name} and network.block exclude each other`, { field: `network.${name}` });
    }
  }
  return omitUndefined({
    blockNetwork: block,
    outboundCidrAllowlist: allowCidrs && [...allowCidrs],
    outboundDomainAllowlist: allowDomains && [...allowDomains],
    inboundCidrAllowlist: inboundCidrs && [...inboundCidrs],
  });
}
