// The logs of an app, counted and fetched.

import { EngineError } from '../engine/errors.js';
import type { LogEntry, LogQuery, LogSource } from '../engine/logs/logs.js';
import { FileDescriptor, type AppCountLogsRequest, type AppFetchLogsRequest, type DeepPartial, type TaskLogs, type TaskLogsBatch } from './gen/modal/client.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function appLogsHandlers({ engine }: WireOptions): ControlHandlers {
  return {
    async appFetchLogs(request, { signal }) {
      return { batches: toBatches(await engine.logs.fetch(toQuery(request, engine.world.now()), request.limit, signal)) };
    },

    async appCountLogs(request, { signal }) {
      const buckets = await engine.logs.count(toQuery(request, engine.world.now()), request.bucketSecs, signal);
      return {
        appId: request.appId,
        buckets: buckets.map(({ start, stdout, stderr }) => ({ bucketStartAt: new Date(start), stdoutLogs: stdout, stderrLogs: stderr })),
      };
    },
  };
}

function toQuery(request: AppFetchLogsRequest | AppCountLogsRequest, now: number): LogQuery {
  const source = toSource(request.source);
  return {
    appId: request.appId,
    since: request.since?.getTime() ?? 0,
    until: request.until?.getTime() ?? now,
    ...(request.sandboxId ? { sandboxId: request.sandboxId } : {}),
    ...(request.taskId ? { taskId: request.taskId } : {}),
    ...(source ? { source } : {}),
    ...(request.searchText ? { searchText: request.searchText } : {}),
  };
}

function toSource(descriptor: FileDescriptor): LogSource | undefined {
  switch (descriptor) {
    case FileDescriptor.FILE_DESCRIPTOR_UNSPECIFIED:
      return undefined;
    case FileDescriptor.FILE_DESCRIPTOR_STDOUT:
      return 'stdout';
    case FileDescriptor.FILE_DESCRIPTOR_STDERR:
      return 'stderr';
    case FileDescriptor.FILE_DESCRIPTOR_INFO:
      return 'system';
    default:
      throw new EngineError('INVALID_ARGUMENT', `source ${descriptor} is unknown`);
  }
}

interface Batch {
  taskId: string;
  sandboxId: string;
  items: DeepPartial<TaskLogs>[];
}

/** A batch is of one task: a new one begins where the task changes. */
function toBatches(entries: readonly LogEntry[]): DeepPartial<TaskLogsBatch>[] {
  const batches: Batch[] = [];
  for (const { taskId, sandboxId, source, time, text } of entries) {
    let batch = batches.at(-1);
    if (batch?.taskId !== taskId) batches.push((batch = { taskId, sandboxId, items: [] }));
    const fileDescriptor = source === 'stderr' ? FileDescriptor.FILE_DESCRIPTOR_STDERR : FileDescriptor.FILE_DESCRIPTOR_STDOUT;
    batch.items.push({ data: text, timestamp: time / 1_000, fileDescriptor });
  }
  return batches;
}
