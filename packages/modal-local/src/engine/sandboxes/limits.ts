// What a sandbox may take of this machine.

import { EngineError } from '../errors.js';
import type { ResourceLimits } from '../../runtime/driver.js';

const MEBIBYTE = 1024 * 1024;
/** Modal's documented defaults. */
const DEFAULT_REQUEST = { cpuCores: 0.125, memoryMiB: 128 };
const PIDS = 4_096;
/** Below this the agent and a shell do not fit. */
const SMALLEST_MEMORY_MIB = 16;

/** Zero means the default. */
export interface ResourceRequest {
  cpuCores: number;
  cpuCoresLimit: number;
  memoryMiB: number;
  memoryMiBLimit: number;
  diskMiB: number;
}

export interface HostResources {
  cpuCores: number;
  memoryBytes: number;
  /** What a sandbox may write when it asks for no other amount; undefined is without limit. */
  diskBytes?: number | undefined;
}

/**
 * Without limits of its own a sandbox may use every core and half of the machine's memory. A request reserves nothing
 * on one machine; one that the machine could not satisfy is refused. Throws INVALID_ARGUMENT.
 */
export function resourceLimits(request: ResourceRequest, host: HostResources): ResourceLimits {
  const cpuCores = request.cpuCores || Math.min(DEFAULT_REQUEST.cpuCores, host.cpuCores);
  const memoryMiB = request.memoryMiB || DEFAULT_REQUEST.memoryMiB;
  const hostMiB = Math.floor(host.memoryBytes / MEBIBYTE);

  if (cpuCores > host.cpuCores) throw invalid(`cpu: ${cpuCores} cores were asked for, and this machine has ${host.cpuCores}`);
  if (memoryMiB > hostMiB) throw invalid(`memory: ${memoryMiB} MiB were asked for, and this machine has ${hostMiB} MiB`);
  if (request.cpuCoresLimit && request.cpuCoresLimit < cpuCores) throw invalid(`The cpu limit, ${request.cpuCoresLimit} cores, is below the request, ${cpuCores}`);
  if (request.memoryMiBLimit && request.memoryMiBLimit < memoryMiB) throw invalid(`The memory limit, ${request.memoryMiBLimit} MiB, is below the request, ${memoryMiB} MiB`);
  if (request.memoryMiBLimit && request.memoryMiBLimit < SMALLEST_MEMORY_MIB) throw invalid(`The memory limit, ${request.memoryMiBLimit} MiB, is below the smallest, ${SMALLEST_MEMORY_MIB} MiB`);

  const memoryLimitMiB = Math.min(request.memoryMiBLimit || Math.max(memoryMiB, Math.floor(hostMiB / 2)), hostMiB);
  return {
    cpuCores: Math.min(request.cpuCoresLimit || host.cpuCores, host.cpuCores),
    memoryBytes: memoryLimitMiB * MEBIBYTE,
    pids: PIDS,
  };
}

function invalid(message: string): EngineError {
  return new EngineError('INVALID_ARGUMENT', message);
}
