// Sidecars: created on the control plane (V2) or the data path (V1), found, awaited and ended on the data path.

import { EngineError } from '../engine/errors.js';
import type { Sidecar, SidecarDefinition } from '../engine/sandboxes/sidecars.js';
import { authorizedSandbox } from './auth.js';
import { toBucketMounts } from './bucket-mounts.js';
import { NetworkAccessNetworkAccessType as Access, type NetworkAccess, type PTYInfo, type Sandbox, type VolumeMount } from './gen/modal/client.js';
import { toPtySize } from './pty.js';
import { resultField } from './results.js';
import { toVolumeMount } from './sandbox-definition.js';
import { secretSources } from './secrets.js';
import type { ControlHandlers, RouterContext, RouterHandlers, WireOptions } from './services.js';

export function sidecarControlHandlers({ engine }: WireOptions): ControlHandlers {
  const { sandboxes, objects } = engine;
  return {
    async sandboxContainerCreateV2({ sandboxId, containerName, definition, secretSources: sources, ephemeralSecrets }) {
      if (!definition) throw new EngineError('INVALID_ARGUMENT', 'The request has no container definition');
      refuseSandboxOptions(definition);
      refuseOwnNetwork(definition.networkAccess);
      const env = objects.secrets.resolve(secretSources(sources, definition.secretIds, ephemeralSecrets?.contents ?? {}));
      const { imageId, entrypointArgs: command, workdir, volumeMounts, cloudBucketMounts, ptyInfo } = definition;
      const buckets = toBucketMounts(cloudBucketMounts);
      return answer(await sandboxes.createSidecar(sandboxId, { name: containerName, imageId, command, env, buckets, ...options(workdir, volumeMounts, ptyInfo) }));
    },
  };
}

export function sidecarRouterHandlers({ engine }: WireOptions): RouterHandlers {
  const { sandboxes, objects } = engine;
  const sandboxOf = ({ taskId }: { taskId: string }, context: RouterContext) => authorizedSandbox(sandboxes, taskId, context);
  return {
    async taskContainerCreate(request, context) {
      const sandbox = sandboxOf(request, context);
      refuseOwnNetwork(request.networkAccess);
      const env = objects.secrets.resolve(secretSources(request.secretSources, request.secretIds, request.env));
      const { containerName: name, imageId, args: command, workdir, volumeMounts, ptyInfo } = request;
      return answer(await sandboxes.createSidecar(sandbox.id, { name, imageId, command, env, buckets: [], ...options(workdir, volumeMounts, ptyInfo) }));
    },

    async taskContainerGet(request, context) {
      const { containerName, includeTerminated: includeFinished } = request;
      return { container: toInfo(sandboxOf(request, context).sidecars.named(containerName, { includeFinished })) };
    },

    async taskContainerList(request, context) {
      const sidecars = sandboxOf(request, context).sidecars.list({ includeFinished: request.includeTerminated });
      return { containers: sidecars.map(toInfo) };
    },

    async taskContainerTerminate(request, context) {
      sandboxOf(request, context).sidecars.get(request.containerId).terminate();
      return {};
    },

    async taskContainerWait(request, context) {
      const sidecar = sandboxOf(request, context).sidecars.get(request.containerId);
      return resultField(await sidecar.wait(request.timeout * 1000, context.signal));
    },
  };
}

function options(workdir: string | undefined, volumeMounts: readonly VolumeMount[], ptyInfo: PTYInfo | undefined): Pick<SidecarDefinition, 'workdir' | 'volumes' | 'pty'> {
  const pty = toPtySize(ptyInfo);
  return { volumes: volumeMounts.map(toVolumeMount), ...(workdir ? { workdir } : {}), ...(pty ? { pty } : {}) };
}

/** What belongs to the sandbox as a whole. */
function refuseSandboxOptions(definition: Sandbox): void {
  const options: [field: string, set: boolean][] = [
    ['timeout_secs', definition.timeoutSecs !== 0],
    ['idle_timeout_secs', Boolean(definition.idleTimeoutSecs)],
    ['name', Boolean(definition.name)],
    ['open_ports', (definition.openPorts?.ports ?? []).length > 0],
    ['inbound_cidr_allowlist', definition.inboundCidrAllowlist.length > 0],
    ['readiness_probe', definition.readinessProbe !== undefined],
    ['proxy_id', Boolean(definition.proxyId)],
    ['include_oidc_identity_token', definition.includeOidcIdentityToken],
    ['resources', Object.values(definition.resources ?? {}).some((amount) => typeof amount === 'number' && amount !== 0)],
    ['block_network', definition.blockNetwork],
    ['experimental_options', Object.keys(definition.experimentalOptions).length > 0],
    ['experimental_options_v2', Object.keys(definition.experimentalOptionsV2).length > 0],
    ['experimental_outbound_policy', definition.experimentalOutboundPolicy !== undefined],
  ];
  const [field] = options.find(([, set]) => set) ?? [];
  if (field !== undefined) throw new EngineError('INVALID_ARGUMENT', `${field} belongs to the sandbox: a sidecar has none of its own`);
}

function refuseOwnNetwork(access: NetworkAccess | undefined): void {
  const type = access?.networkAccessType ?? Access.NETWORK_ACCESS_NETWORK_ACCESS_TYPE_UNSPECIFIED;
  if (type === Access.NETWORK_ACCESS_NETWORK_ACCESS_TYPE_UNSPECIFIED || type === Access.NETWORK_ACCESS_NETWORK_ACCESS_TYPE_OPEN) return;
  throw new EngineError('INVALID_ARGUMENT', "network_access: a sidecar is in its sandbox's network: give the allowlists to the sandbox");
}

function answer(sidecar: Sidecar) {
  return { containerId: sidecar.id, containerName: sidecar.name };
}

function toInfo(sidecar: Sidecar) {
  return { ...answer(sidecar), status: sidecar.running ? 'running' : 'terminated', ...resultField(sidecar.result) };
}
