// Snapshots, where the provider has them.

import { z } from 'zod';
import { UnsupportedError } from '../../errors/service.js';
import type { ProviderSnapshotManager } from '../../provider/snapshots.js';
import { options, positiveInteger, required, sandboxId } from '../fields.js';
import { type ActionContext, defineAction } from './action.js';
import { toJson } from './to-json.js';

export const create = defineAction(
  z.object({ sandboxId, name: required.optional(), metadata: options.optional() }),
  async ({ name, metadata, ...request }, context) => {
    const snapshot = await managerOf(context).create(request.sandboxId, { name, metadata, signal: context.signal });
    return { sandboxId: request.sandboxId, snapshot: toJson(snapshot) };
  },
);

export const list = defineAction(
  z.object({ sandboxId: required.optional(), limit: positiveInteger.optional() }),
  async (request, context) => {
    const snapshots = await managerOf(context).list({ ...request, signal: context.signal });
    return { sandboxId: request.sandboxId ?? '', snapshots: snapshots.map(toJson) };
  },
);

export const remove = defineAction(z.object({ snapshotId: required }), async ({ snapshotId }, context) => {
  await managerOf(context).delete(snapshotId, { signal: context.signal });
  return { sandboxId: '' };
});

function managerOf({ provider }: ActionContext): ProviderSnapshotManager {
  if (provider.snapshot) return provider.snapshot;
  throw new UnsupportedError(`Provider ${provider.name} has no snapshots`);
}
