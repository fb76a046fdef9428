// Sandboxes: create, find, list, describe, reach, destroy.

import { z } from 'zod';
import { UnsupportedError } from '../../errors/service.js';
import { options, positiveInteger, required, sandboxId, texts } from '../fields.js';
import { defineAction, findSandbox } from './action.js';
import { toJson } from './to-json.js';

export const create = defineAction(z.object({ options: options.default({}) }), async (request, { provider, signal }) => {
  const sandbox = await provider.sandbox.create({ ...request.options, signal });
  return { sandboxId: sandbox.sandboxId };
});

export const getOrCreate = defineAction(
  z.object({ name: required, options: options.default({}) }),
  async (request, { provider, signal }) => {
    if (!provider.sandbox.getOrCreate) throw new UnsupportedError(`Provider ${provider.name} cannot find sandboxes by name`);
    const sandbox = await provider.sandbox.getOrCreate({ ...request.options, name: request.name, signal });
    return { sandboxId: sandbox.sandboxId };
  },
);

export const getById = defineAction(z.object({ sandboxId }), async (request, context) => {
  const sandbox = await findSandbox(request.sandboxId, context);
  return { sandboxId: sandbox.sandboxId };
});

export const list = defineAction(
  z.object({ tags: texts.optional(), limit: positiveInteger.optional() }),
  async ({ tags, limit }, { provider, signal }) => {
    const sandboxes = await provider.sandbox.list({ tags, limit, signal });
    return { sandboxId: '', sandboxes: sandboxes.map(({ sandboxId, provider: name }) => ({ sandboxId, provider: name })) };
  },
);

const destroyMessage = 'sandboxId is required for destroy action';

export const destroy = defineAction(
  z.object({ sandboxId: z.string({ error: () => destroyMessage }).min(1, destroyMessage) }),
  async (request, { provider }) => {
    // Not aborted with the client: what was to be destroyed must not live on because a browser tab closed.
    await provider.sandbox.destroy(request.sandboxId);
    return { sandboxId: request.sandboxId };
  },
);

export const getInfo = defineAction(z.object({ sandboxId }), async (request, context) => {
  const sandbox = await findSandbox(request.sandboxId, context);
  return { sandboxId: request.sandboxId, info: toJson(await sandbox.getInfo({ signal: context.signal })) };
});

export const getUrl = defineAction(
  z.object({ sandboxId, port: positiveInteger.max(65_535), protocol: required.optional() }),
  async ({ port, protocol, ...request }, context) => {
    const sandbox = await findSandbox(request.sandboxId, context);
    return { sandboxId: request.sandboxId, url: await sandbox.getUrl({ port, protocol, signal: context.signal }) };
  },
);
