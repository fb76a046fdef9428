// From our options to the parameters of the SDK's create.

import { type SandboxCreateParams } from 'modal';

import type { Place, Workspace } from '../client/workspace.js';
import { networkParams } from '../network/policy.js';
import { resolveProbe } from '../network/readiness.js';
import { omitUndefined } from '../options/omit-undefined.js';
import type { ModalCreateOptions } from '../options/sandbox-options.js';
import { wholeSeconds } from '../options/units.js';
import { type SandboxFacts, writeTags } from './tags.js';

/** Looks up what is named, in parallel, and translates the rest. */
export async function createParams(
  workspace: Workspace,
  options: ModalCreateOptions,
  place: Place,
  facts: SandboxFacts,
): Promise<SandboxCreateParams> {
  const plain = plainParams(options, facts);
  const [secrets, volumes, cloudBucketMounts, proxy] = await Promise.all([
    Promise.all((options.secrets ?? []).map((secret) => workspace.secret(secret, place))),
    resolveEach(options.volumes, (volume) => workspace.volume(volume, place)),
    resolveEach(options.bucketMounts, (mount) => workspace.bucketMount(mount, place)),
    options.proxy === undefined ? undefined : workspace.proxy(options.proxy, place),
  ]);
  return { ...plain, ...omitUndefined({ proxy }), secrets, volumes, cloudBucketMounts };
}

/** The parameters that need no look-up. */
function plainParams(options: ModalCreateOptions, facts: SandboxFacts): SandboxCreateParams {
  const { idleTimeout, memory, memoryLimit, region, tags = {}, metadata = {} } = options;
  const { cpu, cpuLimit, gpu, workdir, cloud, pty, verbose, name, i6pn, customDomain, includeOidcIdentityToken } = options;
  const same = { cpu, cpuLimit, gpu, workdir, cloud, pty, verbose, name, i6pn, customDomain, includeOidcIdentityToken };
  return {
    ...omitUndefined({
      ...same,
      // On the first backend an empty set would cost a call of its own.
      env: Object.keys(options.env ?? {}).length === 0 ? undefined : options.env,
      timeoutMs: facts.timeout,
      idleTimeoutMs: idleTimeout === undefined ? undefined : wholeSeconds(idleTimeout),
      memoryMiB: memory === undefined ? undefined : Math.ceil(memory),
      memoryLimitMiB: memoryLimit === undefined ? undefined : Math.ceil(memoryLimit),
      regions: region === undefined ? undefined : typeof region === 'string' ? [region] : [...region],
      command: options.command && [...options.command],
      encryptedPorts: options.ports && [...options.ports],
      h2Ports: options.h2Ports && [...options.h2Ports],
      unencryptedPorts: options.unencryptedPorts && [...options.unencryptedPorts],
      readinessProbe: options.readinessProbe && resolveProbe(options.readinessProbe),
      runtime: options.isolation,
      experimentalEnableSnapshot: options.enableMemorySnapshot,
      experimentalOutboundPolicy: options.outboundPolicy,
      experimentalOptions: options.experimentalOptions,
    }),
    ...networkParams(options.network),
    tags: writeTags(facts, tags, metadata),
  };
}

async function resolveEach<TInput, TResolved>(
  inputs: Record<string, TInput> | undefined,
  resolve: (input: TInput) => Promise<TResolved>,
): Promise<Record<string, TResolved>> {
  const resolving = Object.entries(inputs ?? {}).map(async ([path, input]) => [path, await resolve(input)] as const);
  return Object.fromEntries(await Promise.all(resolving));
}
