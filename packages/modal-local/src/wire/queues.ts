// Queues.

import type { CallContext } from 'nice-grpc-common';

import { DeliveredValues } from '../engine/delivered-values.js';
import type { Wait } from '../engine/queues.js';
import { toCreation } from './creation.js';
import type { QueueDeleteRequest, QueueGetOrCreateRequest, QueuePutRequest } from './gen/modal/client.js';
import { idempotent } from './idempotent.js';
import type { ControlHandlers, WireOptions } from './services.js';

/** A long poll ends before clients and proxies lose patience; the SDK asks for 50 s at most. */
const MAX_WAIT_SECONDS = 55;

export function queueHandlers({ engine }: WireOptions): ControlHandlers {
  const { queues } = engine.objects;
  const delivered = new DeliveredValues(engine.world);
  return {
    queueGetOrCreate: idempotent(engine.world, (request: QueueGetOrCreateRequest) => {
      const queue = queues.getOrCreate({
        name: request.deploymentName,
        environmentName: request.environmentName,
        creation: toCreation(request.objectCreationType),
      });
      return { queueId: queue.id, metadata: { name: queue.name ?? '', creationInfo: { createdAt: queue.createdAt / 1_000 } } };
    }),

    async queueHeartbeat(request) {
      queues.heartbeat(request.queueId);
      return {};
    },

    queueDelete: idempotent(engine.world, (request: QueueDeleteRequest) => {
      queues.delete(request.queueId);
      return {};
    }),

    queuePut: idempotent(engine.world, (request: QueuePutRequest) => {
      queues.put(request.queueId, request.partitionKey, request.values, request.partitionTtlSeconds);
      return {};
    }),

    async queueGet(request, context) {
      const key = context.metadata.get('x-idempotency-key') ?? '';
      const sentBefore = delivered.find(key);
      if (sentBefore) return { values: sentBefore };
      const values = await queues.take(request.queueId, request.partitionKey, request.nValues, toWait(request.timeout, context));
      if (key !== '' && values.length > 0) delivered.add(key, values);
      return { values };
    },

    async queueLen(request) {
      return { len: queues.length(request.queueId, request.total ? undefined : request.partitionKey) };
    },

    async queueNextItems(request, context) {
      const wait = toWait(request.itemPollTimeout, context);
      return { items: await queues.next(request.queueId, request.partitionKey, request.lastEntryId, wait) };
    },

    async queueClear(request) {
      queues.clear(request.queueId, request.allPartitions ? undefined : request.partitionKey);
      return {};
    },
  };
}

function toWait(seconds: number, { signal }: CallContext): Wait {
  return { milliseconds: Math.max(0, Math.min(seconds, MAX_WAIT_SECONDS)) * 1_000, signal };
}
