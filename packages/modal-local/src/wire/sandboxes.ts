// Sandboxes: creation, waiting, termination, and the way to their data path. Modal has two backends with calls of their
// own; here both lead to the same sandboxes, which differ in the shape of their ids.

import type { CallContext } from 'nice-grpc-common';

import type { Engine } from '../engine/engine.js';
import type { SandboxFacts } from '../engine/sandboxes/past-sandboxes.js';
import type { Sandbox } from '../engine/sandboxes/sandbox.js';
import type { Generation } from '../engine/sandboxes/sandbox-id.js';
import type { Sandbox as WireSandbox, SandboxGetTaskIdRequest, SandboxTag, SandboxTerminateRequest, SandboxWaitRequest } from './gen/modal/client.js';
import { handleMetadata, resultField, toGenericResult } from './results.js';
import { toDefinition } from './sandbox-definition.js';
import { toOutboundPolicy } from './outbound-policy.js';
import { secretSources } from './secrets.js';
import { tunnelData } from './tunnels.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function sandboxHandlers({ engine, routerUrl }: WireOptions): ControlHandlers {
  const { sandboxes, tokens, objects } = engine;
  const access = (sandbox: Sandbox) => ({ jwt: tokens.mintRouter(sandbox.taskId), url: routerUrl() });
  const wait = (request: SandboxWaitRequest, { signal }: CallContext) => waitFor(engine, request, signal);
  const terminate = async ({ sandboxId }: SandboxTerminateRequest) => terminateSandbox(sandboxes.facts(sandboxId));
  const taskId = async ({ sandboxId }: SandboxGetTaskIdRequest) => taskOf(sandboxes.facts(sandboxId));
  return {
    async sandboxCreateV2(request, context) {
      const { definition, appId, tags, secretSources: sources, ephemeralSecrets } = request;
      const env = objects.secrets.resolve(secretSources(sources, definition?.secretIds ?? [], ephemeralSecrets?.contents ?? {}));
      const sandbox = await create(engine, { generation: 'v2', appId, definition, tags, env }, context);
      return {
        sandboxId: sandbox.id,
        taskId: sandbox.taskId,
        tunnels: tunnelData(sandbox),
        metadata: handleMetadata(sandbox),
        commandRouterAccess: access(sandbox),
      };
    },

    async sandboxCreate(request, context) {
      const { definition, appId, tags } = request;
      const env = objects.secrets.resolve(secretSources([], definition?.secretIds ?? [], {}));
      const sandbox = await create(engine, { generation: 'v1', appId, definition, tags, env }, context);
      return { sandboxId: sandbox.id, metadata: handleMetadata(sandbox) };
    },

    async sandboxGetCommandRouterAccess(request) {
      return access(request.sandboxId === undefined ? sandboxes.ofTask(request.taskId ?? '') : sandboxes.get(request.sandboxId));
    },

    async taskGetCommandRouterAccess(request) {
      return access(sandboxes.ofTask(request.taskId));
    },

    sandboxGetTaskId: taskId,
    sandboxGetTaskIdV2: taskId,
    sandboxWait: wait,
    sandboxWaitV2: wait,
    sandboxTerminate: terminate,
    sandboxTerminateV2: terminate,
  };
}

interface Creation {
  generation: Generation;
  appId: string;
  definition: WireSandbox | undefined;
  tags: readonly SandboxTag[];
  env: Record<string, string>;
}

async function create({ sandboxes, objects }: Engine, creation: Creation, { metadata, signal }: CallContext): Promise<Sandbox> {
  objects.apps.get(creation.appId);
  if (creation.definition?.proxyId !== undefined) objects.proxies.get(creation.definition.proxyId);
  const outbound = creation.definition?.experimentalOutboundPolicy && toOutboundPolicy(creation.definition.experimentalOutboundPolicy, objects.secrets);
  const idempotencyKey = metadata.get('x-idempotency-key');
  return await sandboxes.create(toDefinition(creation.definition, { ...creation, outbound }), { signal, ...(idempotencyKey ? { idempotencyKey } : {}) });
}

/** A finished sandbox keeps its task: what it wrote is read through it. */
function taskOf(sandbox: SandboxFacts) {
  return { taskId: sandbox.taskId, ...(sandbox.result ? { taskResult: toGenericResult(sandbox.result) } : {}) };
}

async function waitFor({ sandboxes }: Engine, { sandboxId, timeout }: SandboxWaitRequest, signal: AbortSignal) {
  const sandbox = sandboxes.facts(sandboxId);
  const result = await sandbox.wait(timeout * 1000, signal);
  return { ...resultField(result), metadata: handleMetadata(sandbox) };
}

function terminateSandbox(sandbox: SandboxFacts) {
  const existing = sandbox.result;
  sandbox.terminate();
  return existing ? { existingResult: toGenericResult(existing) } : {};
}
