// Sandboxes of the V2 backend, the SDK's default: creation, waiting, termination, and the way to their data path.

import type { Engine } from '../engine/engine.js';
import type { Sandbox } from '../engine/sandboxes/sandbox.js';
import { handleMetadata, resultField, toGenericResult } from './results.js';
import { toDefinition } from './sandbox-definition.js';
import { secretSources } from './secrets.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function sandboxHandlers({ engine, routerUrl }: WireOptions): ControlHandlers {
  const { sandboxes, tokens } = engine;
  const access = (sandbox: Sandbox) => ({ jwt: tokens.mintRouter(sandbox.taskId), url: routerUrl() });
  return {
    async sandboxCreateV2(request, { metadata, signal }) {
      engine.objects.apps.get(request.appId);
      const ephemeral = request.ephemeralSecrets?.contents ?? {};
      const env = engine.objects.secrets.resolve(secretSources(request.secretSources, request.definition?.secretIds ?? [], ephemeral));
      const definition = toDefinition(request.definition, { generation: 'v2', appId: request.appId, env, tags: request.tags });
      const idempotencyKey = metadata.get('x-idempotency-key');
      const sandbox = await sandboxes.create(definition, { signal, ...(idempotencyKey ? { idempotencyKey } : {}) });
      return { sandboxId: sandbox.id, taskId: sandbox.taskId, metadata: handleMetadata(sandbox), commandRouterAccess: access(sandbox) };
    },

    async sandboxGetTaskIdV2(request) {
      return taskOf(sandboxes.get(request.sandboxId));
    },

    async sandboxGetCommandRouterAccess(request) {
      return access(request.sandboxId === undefined ? sandboxes.ofTask(request.taskId ?? '') : sandboxes.get(request.sandboxId));
    },

    async taskGetCommandRouterAccess(request) {
      return access(sandboxes.ofTask(request.taskId));
    },

    sandboxWaitV2: (request, { signal }) => waitFor(engine, request, signal),
    sandboxTerminateV2: (request) => terminate(engine, request.sandboxId),
  };
}

/** A finished sandbox keeps its task: what it wrote is read through it. */
function taskOf(sandbox: Sandbox) {
  return { taskId: sandbox.taskId, ...(sandbox.result ? { taskResult: toGenericResult(sandbox.result) } : {}) };
}

async function waitFor({ sandboxes }: Engine, { sandboxId, timeout }: { sandboxId: string; timeout: number }, signal: AbortSignal) {
  const sandbox = sandboxes.get(sandboxId);
  const result = await sandbox.wait(timeout * 1000, signal);
  return { ...resultField(result), metadata: handleMetadata(sandbox) };
}

async function terminate({ sandboxes }: Engine, sandboxId: string) {
  const sandbox = sandboxes.get(sandboxId);
  const existing = sandbox.result;
  sandbox.terminate();
  return existing ? { existingResult: toGenericResult(existing) } : {};
}
