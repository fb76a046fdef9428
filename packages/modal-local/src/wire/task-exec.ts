// Commands in a sandbox: start, wait, poll.

import { EngineError } from '../engine/errors.js';
import type { ExecRequest } from '../engine/execs/exec-request.js';
import { abandonable } from '../engine/long-poll.js';
import type { ProcessExit } from '../runtime/agent/connection.js';
import { authorizedSandbox } from './auth.js';
import { TaskExecStderrConfig, TaskExecStdoutConfig, type TaskExecStartRequest } from './gen/modal/task_command_router.js';
import { toPtySize } from './pty.js';
import { secretSources } from './secrets.js';
import type { RouterContext, RouterHandlers, WireOptions } from './services.js';

export function taskExecHandlers({ engine }: WireOptions): RouterHandlers {
  const execOf = ({ taskId, execId }: { taskId: string; execId: string }, context: RouterContext) =>
    authorizedSandbox(engine.sandboxes, taskId, context).execs.get(execId);
  return {
    async taskExecStart(request, context) {
      const sandbox = authorizedSandbox(engine.sandboxes, request.taskId, context);
      const env = engine.objects.secrets.resolve(secretSources(request.secretSources, request.secretIds, request.env));
      await sandbox.startExec(toExecRequest(request, env), request.containerId);
      return {};
    },

    async taskExecWait(request, context) {
      const exec = await execOf(request, context);
      return fromExit(await abandonable(exec.exited, context.signal));
    },

    async taskExecPoll(request, context) {
      const { exit } = await execOf(request, context);
      return exit ? fromExit(exit) : {};
    },
  };
}

function toExecRequest(request: TaskExecStartRequest, env: Record<string, string>): ExecRequest {
  const pty = toPtySize(request.ptyInfo);
  return {
    id: request.execId,
    argv: request.commandArgs,
    env,
    ...(request.workdir === undefined ? {} : { workdir: request.workdir }),
    ...(request.timeoutSecs ? { timeoutMs: request.timeoutSecs * 1000 } : {}),
    ...(pty ? { pty } : {}),
    stdout: request.stdoutConfig === TaskExecStdoutConfig.TASK_EXEC_STDOUT_CONFIG_PIPE ? 'pipe' : 'null',
    stderr: toStderr(request.stderrConfig),
  };
}

function toStderr(config: TaskExecStderrConfig): ExecRequest['stderr'] {
  switch (config) {
    case TaskExecStderrConfig.TASK_EXEC_STDERR_CONFIG_PIPE:
      return 'pipe';
    case TaskExecStderrConfig.TASK_EXEC_STDERR_CONFIG_STDOUT:
      return 'stdout';
    case TaskExecStderrConfig.TASK_EXEC_STDERR_CONFIG_DEVNULL:
      return 'null';
    default:
      throw new EngineError('INVALID_ARGUMENT', `stderr_config ${config} is unknown`);
  }
}

function fromExit(exit: ProcessExit): { code: number } | { signal: number } {
  return exit.kind === 'exited' ? { code: exit.code } : { signal: exit.signal };
}
