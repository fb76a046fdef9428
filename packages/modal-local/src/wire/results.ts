// How a sandbox ended, in Modal's terms.

import type { SandboxResult, SandboxStatus } from '../engine/sandboxes/result.js';
import type { SandboxFacts } from '../engine/sandboxes/past-sandboxes.js';
import { GenericResultGenericStatus as Status, type DeepPartial, type GenericResult, type SandboxHandleMetadata } from './gen/modal/client.js';

const STATUS: Record<SandboxStatus, Status> = {
  success: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_SUCCESS,
  failure: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_FAILURE,
  terminated: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_TERMINATED,
  timeout: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_TIMEOUT,
  'init-failure': Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_INIT_FAILURE,
  'internal-failure': Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_INTERNAL_FAILURE,
  'idle-timeout': Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_IDLE_TIMEOUT,
};

export function toGenericResult({ status, exitCode, exception }: SandboxResult): DeepPartial<GenericResult> {
  return { status: STATUS[status], exitcode: exitCode, exception };
}

/** The result is left out while the sandbox runs: its presence alone ends the SDK's wait. */
export function resultField(result: SandboxResult | undefined): { result?: DeepPartial<GenericResult> } {
  return result ? { result: toGenericResult(result) } : {};
}

export function handleMetadata(sandbox: Pick<SandboxFacts, 'definition' | 'result'>): DeepPartial<SandboxHandleMetadata> {
  return { appId: sandbox.definition.appId, ...resultField(sandbox.result) };
}
