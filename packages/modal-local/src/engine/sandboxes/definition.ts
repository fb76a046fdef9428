// What a caller may ask of a sandbox, and the checks that need nothing but the request.

import { checkArgv, checkPtySize, checkWorkdir, type PtySize } from '../execs/exec-request.js';
import type { BucketMountRequest } from '../bucket-mounts.js';
import { EngineError } from '../errors.js';
import type { OutboundPolicy } from '../outbound/outbound-policy.js';
import { inboundCheck } from '../tunnels/inbound.js';
import { checkPorts, type PortRequest } from '../tunnels/tunnels.js';
import type { NetworkPolicy } from '../../network/driver.js';
import type { VolumeMountRequest } from '../volumes.js';
import type { ResourceRequest } from './limits.js';
import { checkSandboxName, checkTags } from './names.js';
import { checkPlacement, type Placement } from './placement.js';
import { checkProbe, type ReadinessProbe } from './readiness.js';
import type { Generation } from './sandbox-id.js';

export const DEFAULT_TIMEOUT_MS = 300_000;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1000;

export interface SandboxDefinition {
  generation: Generation;
  appId: string;
  imageId: string;
  /** The entrypoint's arguments; none means a sandbox that waits for its time-out. */
  command: readonly string[];
  /** Absolute; the image's when absent. */
  workdir?: string;
  /** Secrets and variables, resolved; wins over the image's. */
  env: Readonly<Record<string, string>>;
  resources: ResourceRequest;
  /** Of the whole life, from creation. */
  timeoutMs: number;
  /** Without a running exec, a write to stdin or an open tunnel connection. */
  idleTimeoutMs?: number;
  /** Unique among the running sandboxes of an app. */
  name?: string;
  tags: Readonly<Record<string, string>>;
  pty?: PtySize;
  network: NetworkPolicy;
  /** Reachable from outside by tunnels. */
  ports: readonly PortRequest[];
  /** Who may connect to tunnels; everyone when empty. */
  inboundCidrs: readonly string[];
  /** Changes HTTPS requests on their way out; without one at creation there is none later. */
  outbound?: OutboundPolicy;
  volumes: readonly VolumeMountRequest[];
  buckets: readonly BucketMountRequest[];
  /** What it has written becomes an image at its end. */
  exitSnapshot?: boolean;
  readiness?: ReadinessProbe;
  /** Puts a signed token that says who it is into MODAL_IDENTITY_TOKEN. */
  includeIdentityToken?: boolean;
  /** Checked, and of no consequence on one machine. */
  placement?: Placement;
}

/** Throws INVALID_ARGUMENT. */
export function checkDefinition(definition: SandboxDefinition): void {
  const { command, workdir, timeoutMs, idleTimeoutMs, name, tags, pty, ports, inboundCidrs, volumes, buckets, readiness, placement } = definition;
  if (command.length > 0) checkArgv(command);
  if (workdir !== undefined) checkWorkdir(workdir);
  checkTimeout('timeout', timeoutMs);
  if (idleTimeoutMs !== undefined) checkTimeout('idle timeout', idleTimeoutMs);
  if (name !== undefined) checkSandboxName(name);
  checkTags(tags);
  if (pty) checkPtySize(pty);
  checkPorts(ports);
  inboundCheck(inboundCidrs);
  if (readiness) checkProbe(readiness);
  if (placement) checkPlacement(placement);
  checkMountPaths([...volumes, ...buckets].map(({ path }) => path));
}

function checkTimeout(what: string, milliseconds: number): void {
  if (milliseconds > 0 && milliseconds <= MAX_TIMEOUT_MS) return;
  throw new EngineError('INVALID_ARGUMENT', `The ${what} must be between 1 and ${MAX_TIMEOUT_MS / 1000} seconds, got ${milliseconds / 1000}`);
}

/** Throws INVALID_ARGUMENT. */
export function checkMountPaths(paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) {
    if (!path.startsWith('/') || path === '/') throw new EngineError('INVALID_ARGUMENT', `A mount path must be absolute and not the root, got: '${path}'`);
    if (paths.indexOf(path) !== index) throw new EngineError('INVALID_ARGUMENT', `Two mounts share the path '${path}'`);
  }
}
