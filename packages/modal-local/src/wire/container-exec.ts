// Commands as SDK 0.3.16 knows them: named by the engine, read in batches on the control plane.

import { EngineError } from '../engine/errors.js';
import { mintExecId, taskOfExec } from '../engine/execs/exec-id.js';
import { longPoll } from '../engine/long-poll.js';
import type { ManagedProcess } from '../engine/processes/managed-process.js';
import { exitCodeOf } from '../engine/sandboxes/result.js';
import { ExecOutputOption, FileDescriptor, type ContainerExecGetOutputRequest, type DeepPartial, type RuntimeOutputBatch } from './gen/modal/client.js';
import { toPtySize } from './pty.js';
import { secretSources } from './secrets.js';
import type { ControlHandlers, WireOptions } from './services.js';
import { timed } from './timed.js';

export function containerExecHandlers({ engine }: WireOptions): ControlHandlers {
  const { sandboxes, objects, world } = engine;
  const execOf = (execId: string) => sandboxes.ofTask(taskOfExec(execId)).execs.get(execId);
  return {
    async containerExec(request) {
      const sandbox = sandboxes.ofTask(request.taskId);
      const id = mintExecId(world, request.taskId);
      const pty = toPtySize(request.ptyInfo);
      await sandbox.startExec({
        id,
        argv: request.command,
        env: objects.secrets.resolve(secretSources([], request.secretIds, {})),
        ...(request.workdir === undefined ? {} : { workdir: request.workdir }),
        ...(request.timeoutSecs ? { timeoutMs: request.timeoutSecs * 1000 } : {}),
        ...(pty ? { pty } : {}),
        stdout: request.stdoutOutput === ExecOutputOption.EXEC_OUTPUT_OPTION_DEVNULL ? 'null' : 'pipe',
        stderr: toStderr(request.stderrOutput),
      });
      return { execId: id };
    },

    async *containerExecGetOutput(request, { signal }) {
      yield* batches(await execOf(request.execId), request, signal);
    },

    async containerExecPutInput({ execId, input }) {
      if (!input) throw new EngineError('INVALID_ARGUMENT', 'The request has no input');
      const exec = await execOf(execId);
      await exec.stdin.writeMessage(input.messageIndex, input.message, input.eof);
      return {};
    },

    async containerExecWait({ execId, timeout }, { signal }) {
      const exec = await execOf(execId);
      const exit = exec.exit ?? (await longPoll(exec.exited, timeout * 1000, signal));
      return exit ? { completed: true, exitCode: exitCodeOf(exit) } : { completed: false };
    },
  };
}

/** A batch's index is the offset of the byte after it; the last one carries the exit code. */
async function* batches(exec: ManagedProcess, request: ContainerExecGetOutputRequest, call: AbortSignal): AsyncGenerator<DeepPartial<RuntimeOutputBatch>> {
  const { fileDescriptor, timeout, lastBatchIndex } = request;
  const spool = fileDescriptor === FileDescriptor.FILE_DESCRIPTOR_STDERR ? exec.stderr : exec.stdout;
  const { signal, over } = timed(call, timeout);
  let batchIndex = lastBatchIndex;
  try {
    for await (const messageBytes of spool.read(lastBatchIndex, signal)) {
      batchIndex += messageBytes.length;
      yield { batchIndex, items: [{ fileDescriptor, messageBytes }] };
    }
    const exit = await exec.exited;
    yield { batchIndex, exitCode: exitCodeOf(exit) };
  } catch (error) {
    if (!over()) throw error;
  }
}

function toStderr(option: ExecOutputOption): 'pipe' | 'null' | 'stdout' {
  if (option === ExecOutputOption.EXEC_OUTPUT_OPTION_DEVNULL) return 'null';
  return option === ExecOutputOption.EXEC_OUTPUT_OPTION_STDOUT ? 'stdout' : 'pipe';
}
