// Snapshots of file systems and directories, and images mounted into running sandboxes.

import { EngineError } from '../engine/errors.js';
import { DEFAULT_SNAPSHOT_LIFE_MS, type SnapshotRequest } from '../engine/snapshots/snapshots.js';
import { authorizedSandbox } from './auth.js';
import { GenericResultGenericStatus as Status, SandboxGetExitSnapshotResponseErrorCode as ExitError, type SandboxGetExitSnapshotRequest } from './gen/modal/client.js';
import type { ControlHandlers, RouterContext, RouterHandlers, WireOptions } from './services.js';

const SUCCESS = Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_SUCCESS;

export function taskSnapshotHandlers({ engine }: WireOptions): RouterHandlers {
  const sandboxOf = (request: { taskId: string; containerId: string }, context: RouterContext) => {
    const sandbox = authorizedSandbox(engine.sandboxes, request.taskId, context);
    return request.containerId === '' ? sandbox : sandbox.sidecars.get(request.containerId);
  };
  return {
    async taskSnapshotFilesystem(request, context) {
      return { imageId: await engine.snapshots.filesystem(sandboxOf(request, context), toRequest(request)) };
    },

    async taskSnapshotDirectory(request, context) {
      return { imageId: await engine.snapshots.directory(sandboxOf(request, context), toPath(request.path), toRequest(request)) };
    },

    async taskMountDirectory(request, context) {
      await engine.snapshots.mounts.mount(sandboxOf(request, context), toPath(request.path), request.imageId);
      return {};
    },

    async taskUnmountDirectory(request, context) {
      await engine.snapshots.mounts.unmount(sandboxOf(request, context), toPath(request.path));
      return {};
    },
  };
}

export function sandboxSnapshotHandlers({ engine }: WireOptions): ControlHandlers {
  const exitSnapshot = async ({ sandboxId, timeout }: SandboxGetExitSnapshotRequest, { signal }: { signal: AbortSignal }) => {
    const taken = await engine.snapshots.exit(engine.sandboxes.get(sandboxId), timeout * 1000, signal);
    if (taken === undefined) return { pending: {} };
    if ('imageId' in taken) return { success: taken };
    return { error: { errorCode: ExitError.SANDBOX_GET_EXIT_SNAPSHOT_RESPONSE_ERROR_CODE_ERROR_CODE_INTERNAL, message: taken.failure } };
  };
  return {
    sandboxGetExitSnapshot: exitSnapshot,
    sandboxGetExitSnapshotV2: exitSnapshot,

    async sandboxSnapshotFs({ sandboxId }) {
      const imageId = await engine.snapshots.filesystem(engine.sandboxes.get(sandboxId), { id: '', lifeMs: DEFAULT_SNAPSHOT_LIFE_MS });
      return { imageId, result: { status: SUCCESS } };
    },
  };
}

function toRequest({ snapshotId, ttlSeconds }: { snapshotId: string; ttlSeconds?: number | undefined }): SnapshotRequest {
  if (ttlSeconds === undefined) return { id: snapshotId, lifeMs: DEFAULT_SNAPSHOT_LIFE_MS };
  if (ttlSeconds === -1) return { id: snapshotId, lifeMs: undefined };
  if (ttlSeconds <= 0) throw new EngineError('INVALID_ARGUMENT', `ttl_seconds must be positive, or -1 for ever, got ${ttlSeconds}`);
  return { id: snapshotId, lifeMs: ttlSeconds * 1000 };
}

function toPath(path: Buffer): string {
  const text = path.toString('utf8');
  if (!Buffer.from(text).equals(path)) throw new EngineError('INVALID_ARGUMENT', 'The path is not UTF-8');
  return text;
}
