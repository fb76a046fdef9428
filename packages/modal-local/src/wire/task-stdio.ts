// Standard streams of a command in a sandbox.

import { EngineError } from '../engine/errors.js';
import { abandonable } from '../engine/long-poll.js';
import { authorizedSandbox } from './auth.js';
import { TaskExecStdioFileDescriptor, type TaskExecStdinWriteStreamRequest } from './gen/modal/task_command_router.js';
import type { RouterContext, RouterHandlers, WireOptions } from './services.js';

export function taskStdioHandlers({ engine }: WireOptions): RouterHandlers {
  const execOf = ({ taskId, execId }: { taskId: string; execId: string }, context: RouterContext) =>
    authorizedSandbox(engine.sandboxes, taskId, context).execs.get(execId);
  return {
    async *taskExecStdioRead(request, context) {
      const exec = await execOf(request, context);
      const stderr = request.fileDescriptor === TaskExecStdioFileDescriptor.TASK_EXEC_STDIO_FILE_DESCRIPTOR_STDERR;
      for await (const data of (stderr ? exec.stderr : exec.stdout).read(request.offset, context.signal)) yield { data };
    },

    async taskExecStdinWrite(request, context) {
      const exec = await execOf(request, context);
      await abandonable(exec.stdin.write(request.offset, request.data, request.eof), context.signal);
      return {};
    },

    async taskExecStdinWriteStream(requests, context) {
      const messages = requests[Symbol.asyncIterator]();
      const first = await messages.next();
      const start = first.done ? undefined : first.value.start;
      if (!start) throw new EngineError('INVALID_ARGUMENT', 'The first message of a stdin stream must be its start');
      const exec = await execOf(start, context);
      await abandonable(exec.stdin.writeStream(start.offset, chunksOf(messages)), context.signal);
      return {};
    },

    async taskExecStdinStatus(request, context) {
      const exec = await execOf(request, context);
      const { bytesWritten, closed } = exec.stdin.status();
      return { numBytesWritten: bytesWritten, closed };
    },
  };
}

/** Ends at the stream's end message; one that breaks off before it is an error, so that stdin stays open. */
async function* chunksOf(messages: AsyncIterator<TaskExecStdinWriteStreamRequest>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const next = await messages.next();
    if (next.done) throw new EngineError('FAILED_PRECONDITION', 'The stdin stream broke off before its end message');
    const { start, data, end } = next.value;
    if (end) return;
    if (start) throw new EngineError('INVALID_ARGUMENT', 'A stdin stream starts once');
    if (data) yield data;
  }
}
