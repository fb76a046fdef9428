// Other names for the same options: Modal's SDK's own, and those of ComputeSDK's published types.

import { InvalidArgumentError } from 'computesdk';

const aliases: Record<string, string> = {
  envs: 'env',
  directory: 'workdir',
  memoryMiB: 'memory',
  memoryMb: 'memory',
  memMiB: 'memory',
  memoryLimitMiB: 'memoryLimit',
  cpus: 'cpu',
  vcpus: 'cpu',
  timeoutMs: 'timeout',
  idleTimeoutMs: 'idleTimeout',
  encryptedPorts: 'ports',
  regions: 'region',
  cloudBucketMounts: 'bucketMounts',
  experimentalOutboundPolicy: 'outboundPolicy',
  experimentalEnableSnapshot: 'enableMemorySnapshot',
};

/** The other names of `names`. */
export function aliasesOf(names: readonly string[]): string[] {
  return Object.keys(aliases).filter((alias) => names.includes(aliases[alias] ?? ''));
}

/** The same options under their first names. One option under two names is an InvalidArgumentError. */
export function canonicalNames(options: object): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const name = Object.hasOwn(aliases, given) ? (aliases[given] ?? given) : given;
    if (name in result) {
      throw new InvalidArgumentError(`'${name}' is given twice: '${given}' is another name for it`, { field: given });
    }
    // Modal counts physical cores; each is two virtual ones.
    result[name] = given === 'vcpus' && typeof value === 'number' ? value / 2 : value;
  }
  return result;
}
