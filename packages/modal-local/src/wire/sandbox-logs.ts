// Standard streams of a V1 sandbox's entrypoint: text in batches, whose ids are byte offsets.

import { EngineError } from '../engine/errors.js';
import { longPoll } from '../engine/long-poll.js';
import { utf8Chunks } from '../engine/processes/utf8-chunks.js';
import type { Sandbox } from '../engine/sandboxes/sandbox.js';
import { FileDescriptor, type DeepPartial, type SandboxGetLogsRequest, type TaskLogsBatch } from './gen/modal/client.js';
import type { ControlHandlers, WireOptions } from './services.js';
import { timed } from './timed.js';

export function sandboxLogsHandlers({ engine }: WireOptions): ControlHandlers {
  return {
    async *sandboxGetLogs(request, { signal }) {
      yield* batches(engine.sandboxes.get(request.sandboxId), request, signal);
    },

    async sandboxStdinWrite(request) {
      const sandbox = engine.sandboxes.get(request.sandboxId);
      if (!sandbox.running) throw new EngineError('FAILED_PRECONDITION', 'Sandbox has already terminated');
      await sandbox.requireEntrypoint().stdin.writeMessage(request.index, request.input, request.eof);
      return {};
    },
  };
}

async function* batches(sandbox: Sandbox, request: SandboxGetLogsRequest, call: AbortSignal): AsyncGenerator<DeepPartial<TaskLogsBatch>> {
  const { fileDescriptor, timeout } = request;
  let offset = parseEntryId(request.lastEntryId);
  const { entrypoint } = sandbox;
  if (!entrypoint) {
    if (await longPoll(sandbox.finished, timeout * 1000, call)) yield { entryId: toEntryId(offset), eof: true };
    return;
  }
  const spool = fileDescriptor === FileDescriptor.FILE_DESCRIPTOR_STDERR ? entrypoint.stderr : entrypoint.stdout;
  const { signal, over } = timed(call, timeout);
  try {
    for await (const { text, bytes } of utf8Chunks(spool.read(offset, signal))) {
      offset += bytes;
      yield { taskId: sandbox.taskId, entryId: toEntryId(offset), items: [{ data: text, fileDescriptor }] };
    }
  } catch (error) {
    if (over()) return;
    throw error;
  }
  yield { entryId: toEntryId(offset), eof: true };
}

/** `0-0` is where every reader begins. */
function parseEntryId(entryId: string): number {
  const offset = /^(\d*)(?:-0)?$/.exec(entryId)?.[1];
  if (offset === undefined) throw new EngineError('INVALID_ARGUMENT', `last_entry_id '${entryId}' was not given by this engine`);
  return Number(offset);
}

function toEntryId(offset: number): string {
  return `${offset}-0`;
}
