// Standard streams of a V2 sandbox's entrypoint.

import { EngineError } from '../engine/errors.js';
import { abandonable } from '../engine/long-poll.js';
import { authorizedSandbox } from './auth.js';
import { SandboxStdioFileDescriptor } from './gen/modal/task_command_router.js';
import type { RouterHandlers, WireOptions } from './services.js';

export function sandboxStdioHandlers({ engine }: WireOptions): RouterHandlers {
  return {
    async *sandboxStdioReadV2(request, context) {
      const sandbox = authorizedSandbox(engine.sandboxes, request.taskId, context);
      const { entrypoint } = sandbox;
      if (!entrypoint) {
        await abandonable(sandbox.finished, context.signal);
        return;
      }
      const stderr = request.fileDescriptor === SandboxStdioFileDescriptor.SANDBOX_STDIO_FILE_DESCRIPTOR_STDERR;
      let startingOffset = request.offset;
      for await (const data of (stderr ? entrypoint.stderr : entrypoint.stdout).read(request.offset, context.signal)) {
        yield { data, startingOffset };
        startingOffset += data.length;
      }
    },

    async sandboxStdinWriteV2(request, context) {
      const sandbox = authorizedSandbox(engine.sandboxes, request.taskId, context);
      if (!sandbox.running) throw new EngineError('FAILED_PRECONDITION', 'Sandbox has already terminated');
      const { stdin } = sandbox.requireEntrypoint();
      const idle = sandbox.busy();
      try {
        await abandonable(stdin.write(request.offset, request.data, request.eof), context.signal);
      } finally {
        idle();
      }
      return {};
    },
  };
}
