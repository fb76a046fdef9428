// A request for a sandbox, translated for the domain. What the engine cannot honour is refused by name.

import { EngineError } from '../engine/errors.js';
import { DEFAULT_TIMEOUT_MS, type SandboxDefinition } from '../engine/sandboxes/definition.js';
import type { Generation } from '../engine/sandboxes/sandbox-id.js';
import type { OutboundPolicy } from '../engine/outbound/outbound-policy.js';
import type { VolumeMountRequest } from '../engine/volumes.js';
import type { PortRequest } from '../engine/tunnels/tunnels.js';
import { type PortSpec, type Resources, type Sandbox, type SandboxTag, TunnelType, type VolumeMount } from './gen/modal/client.js';
import { toBucketMounts } from './bucket-mounts.js';
import { toPolicy } from './network.js';
import { toPtySize } from './pty.js';
import { toProbe } from './readiness.js';

const EXIT_SNAPSHOT = 'enable_exit_snapshot';

export interface DefinitionContext {
  generation: Generation;
  appId: string;
  env: Record<string, string>;
  tags: readonly SandboxTag[];
  outbound?: OutboundPolicy | undefined;
}

/** Throws INVALID_ARGUMENT. */
export function toDefinition(sandbox: Sandbox | undefined, { generation, appId, env, tags, outbound }: DefinitionContext): SandboxDefinition {
  if (!sandbox) throw new EngineError('INVALID_ARGUMENT', 'The request has no sandbox definition');
  const pty = toPtySize(sandbox.ptyInfo);
  return {
    generation,
    appId,
    imageId: sandbox.imageId,
    command: sandbox.entrypointArgs,
    ...(sandbox.workdir === undefined ? {} : { workdir: sandbox.workdir }),
    env,
    resources: toResources(sandbox.resources),
    timeoutMs: sandbox.timeoutSecs === 0 ? DEFAULT_TIMEOUT_MS : sandbox.timeoutSecs * 1000,
    ...(sandbox.idleTimeoutSecs ? { idleTimeoutMs: sandbox.idleTimeoutSecs * 1000 } : {}),
    ...(sandbox.name ? { name: sandbox.name } : {}),
    tags: toTags(tags),
    ...(pty ? { pty } : {}),
    network: sandbox.blockNetwork ? { kind: 'blocked' } : toPolicy(sandbox.networkAccess),
    ports: (sandbox.openPorts?.ports ?? []).map(toPortRequest),
    inboundCidrs: sandbox.inboundCidrAllowlist,
    ...(outbound === undefined ? {} : { outbound }),
    volumes: sandbox.volumeMounts.map(toVolumeMount),
    buckets: toBucketMounts(sandbox.cloudBucketMounts),
    ...(sandbox.readinessProbe ? { readiness: toProbe(sandbox.readinessProbe) } : {}),
    exitSnapshot: wantsExitSnapshot(sandbox),
    includeIdentityToken: sandbox.includeOidcIdentityToken,
    placement: { regions: sandbox.schedulerPlacement?.regions ?? [], ...(sandbox.cloudProviderStr ? { cloud: sandbox.cloudProviderStr } : {}) },
  };
}

export function toVolumeMount({ volumeId, mountPath: path, readOnly, subPath }: VolumeMount): VolumeMountRequest {
  return { volumeId, path, readOnly, ...(subPath === undefined ? {} : { subPath }) };
}

/** Of the experimental options, the only one that an engine like this can honour. */
function wantsExitSnapshot({ experimentalOptions, experimentalOptionsV2 }: Sandbox): boolean {
  const options: Record<string, unknown> = { ...experimentalOptions, ...experimentalOptionsV2 };
  const unknown = Object.keys(options).filter((name) => name !== EXIT_SNAPSHOT);
  if (unknown.length > 0) throw new EngineError('INVALID_ARGUMENT', `The experimental option '${unknown.join("', '")}' is not known here: leave it out`);
  return String(options[EXIT_SNAPSHOT]) === 'true';
}

export function toTags(tags: readonly SandboxTag[]): Record<string, string> {
  return Object.fromEntries(tags.map((tag) => [tag.tagName, tag.tagValue]));
}

export function fromTags(tags: Readonly<Record<string, string>>): SandboxTag[] {
  return Object.entries(tags).map(([tagName, tagValue]) => ({ tagName, tagValue }));
}

function toResources(resources: Resources | undefined) {
  return {
    cpuCores: (resources?.milliCpu ?? 0) / 1000,
    cpuCoresLimit: (resources?.milliCpuMax ?? 0) / 1000,
    memoryMiB: resources?.memoryMb ?? 0,
    memoryMiBLimit: resources?.memoryMbMax ?? 0,
    diskMiB: resources?.ephemeralDiskMb ?? 0,
  };
}

function toPortRequest({ port, unencrypted, tunnelType }: PortSpec): PortRequest {
  if (tunnelType !== undefined && tunnelType !== TunnelType.TUNNEL_TYPE_UNSPECIFIED && tunnelType !== TunnelType.TUNNEL_TYPE_H2) {
    throw new EngineError('INVALID_ARGUMENT', `tunnel_type ${tunnelType} is unknown`);
  }
  if (unencrypted) return { port, kind: 'tcp' };
  return { port, kind: tunnelType === TunnelType.TUNNEL_TYPE_H2 ? 'h2' : 'https' };
}
