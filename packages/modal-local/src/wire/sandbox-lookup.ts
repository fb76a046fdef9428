// Finding sandboxes: lists, names and tags, for both backends.

import type { Engine } from '../engine/engine.js';
import { EngineError } from '../engine/errors.js';
import type { Sandbox } from '../engine/sandboxes/sandbox.js';
import { generationOf } from '../engine/sandboxes/sandbox-id.js';
import type { DeepPartial, SandboxGetFromNameRequest, SandboxInfo, SandboxListRequest, SandboxTagsGetRequest, SandboxTagsSetRequest } from './gen/modal/client.js';
import { handleMetadata, resultField } from './results.js';
import { fromTags, toTags } from './sandbox-definition.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function sandboxLookupHandlers({ engine }: WireOptions): ControlHandlers {
  const tagsSet = async ({ sandboxId, tags }: SandboxTagsSetRequest) => {
    engine.sandboxes.setTags(sandboxId, toTags(tags));
    return {};
  };
  const tagsGet = async ({ sandboxId }: SandboxTagsGetRequest) => ({ tags: fromTags(engine.sandboxes.facts(sandboxId).tags) });
  return {
    sandboxListV2: async (request) => ({ sandboxes: list(engine, request).map(toInfo) }),
    sandboxList: async (request) => ({ sandboxes: list(engine, request).filter(isV1).map(toInfo) }),
    sandboxGetFromNameV2: async (request) => fromName(engine, request),
    sandboxGetFromName: async (request) => fromName(engine, request),
    sandboxTagsSet: tagsSet,
    sandboxTagsSetV2: tagsSet,
    sandboxTagsGet: tagsGet,
    sandboxTagsGetV2: tagsGet,

    async sandboxSetName({ sandboxId, name }) {
      engine.sandboxes.setName(sandboxId, name);
      return {};
    },
  };
}

function list({ sandboxes, objects }: Engine, request: SandboxListRequest): Sandbox[] {
  const { appId, environmentName, beforeTimestamp, includeFinished, tags } = request;
  const appIds = appId === '' ? objects.apps.list(environmentName).map((app) => app.id) : [objects.apps.get(appId).id];
  return sandboxes.list({ appIds, includeFinished, tags: toTags(tags), ...(beforeTimestamp > 0 ? { before: Math.round(beforeTimestamp * 1000) } : {}) });
}

function fromName({ sandboxes, objects }: Engine, request: SandboxGetFromNameRequest) {
  const { sandboxName, appName, environmentName, includeTerminated } = request;
  const app = objects.apps.list(environmentName).find(({ name }) => name === appName);
  const sandbox = app && sandboxes.named(app.id, sandboxName, { includeFinished: includeTerminated });
  if (!sandbox) throw new EngineError('NOT_FOUND', `Sandbox with name '${sandboxName}' not found in App '${appName}'`);
  return { sandboxId: sandbox.id, metadata: handleMetadata(sandbox) };
}

function isV1(sandbox: Sandbox): boolean {
  return generationOf(sandbox.id) === 'v1';
}

function toInfo(sandbox: Sandbox): DeepPartial<SandboxInfo> {
  const { definition } = sandbox;
  return {
    id: sandbox.id,
    createdAt: sandbox.createdAt / 1000,
    appId: definition.appId,
    tags: fromTags(sandbox.tags),
    name: sandbox.name ?? '',
    imageId: definition.imageId,
    timeoutSecs: definition.timeoutMs / 1000,
    ...(definition.idleTimeoutMs === undefined ? {} : { idleTimeoutSecs: definition.idleTimeoutMs / 1000 }),
    metadata: handleMetadata(sandbox),
    taskInfo: {
      id: sandbox.taskId,
      sandboxId: sandbox.id,
      startedAt: sandbox.createdAt / 1000,
      enqueuedAt: sandbox.createdAt / 1000,
      ...(sandbox.finishedAt === undefined ? {} : { finishedAt: sandbox.finishedAt / 1000 }),
      ...resultField(sandbox.result),
    },
  };
}
