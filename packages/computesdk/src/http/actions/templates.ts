// Templates, where the provider has them.

import { z } from 'zod';
import { UnsupportedError } from '../../errors/service.js';
import type { ProviderTemplateManager } from '../../provider/templates.js';
import { options, positiveInteger, required } from '../fields.js';
import { type ActionContext, defineAction } from './action.js';
import { toJson } from './to-json.js';

export const create = defineAction(
  z.object({ name: required, metadata: options.optional(), options: options.default({}) }),
  async ({ name, metadata, options: further }, context) => {
    const template = await managerOf(context).create({ ...further, name, metadata, signal: context.signal });
    return { sandboxId: '', template: toJson(template) };
  },
);

export const list = defineAction(z.object({ limit: positiveInteger.optional() }), async ({ limit }, context) => {
  const templates = await managerOf(context).list({ limit, signal: context.signal });
  return { sandboxId: '', templates: templates.map(toJson) };
});

export const remove = defineAction(z.object({ templateId: required }), async ({ templateId }, context) => {
  await managerOf(context).delete(templateId, { signal: context.signal });
  return { sandboxId: '' };
});

function managerOf({ provider }: ActionContext): ProviderTemplateManager {
  if (provider.template) return provider.template;
  throw new UnsupportedError(`Provider ${provider.name} has no templates`);
}
