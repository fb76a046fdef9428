// The process that an entrypoint or an exec becomes: what the image says, then the sandbox, then the request.

import type { ImageConfig } from '../../images/driver.js';
import type { ProcessSpec } from '../../runtime/agent/connection.js';
import type { ExecRequest, PtySize } from '../execs/exec-request.js';
import type { SandboxDefinition } from './definition.js';

const TERMINAL_ENV = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };

export interface ProcessContext {
  sandboxId: string;
  taskId: string;
  image: ImageConfig;
  definition: Pick<SandboxDefinition, 'command' | 'workdir' | 'env' | 'pty'>;
  /** Of the engine's own: wins over the image's, gives way to the caller's. */
  engineEnv: Readonly<Record<string, string>>;
}

/** Undefined when the sandbox has no entrypoint of its own: it waits for its time-out. */
export function entrypointSpec(context: ProcessContext): ProcessSpec | undefined {
  const { image, definition } = context;
  if (definition.command.length === 0) return undefined;
  return {
    argv: [...image.entrypoint, ...definition.command],
    env: environment(context, {}, definition.pty),
    cwd: definition.workdir ?? image.workdir,
    ...(image.user === '' ? {} : { user: image.user }),
    ...(definition.pty ? { pty: definition.pty } : {}),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  };
}

export function execSpec(context: ProcessContext, request: ExecRequest): ProcessSpec {
  const { image, definition } = context;
  return {
    argv: request.argv,
    env: environment(context, request.env, request.pty),
    cwd: request.workdir ?? definition.workdir ?? image.workdir,
    ...(image.user === '' ? {} : { user: image.user }),
    ...(request.pty ? { pty: request.pty } : {}),
    ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
    stdin: 'pipe',
    stdout: request.stdout,
    stderr: request.stderr === 'stdout' ? 'pipe' : request.stderr,
  };
}

function environment({ sandboxId, taskId, image, definition, engineEnv }: ProcessContext, env: Readonly<Record<string, string>>, pty: PtySize | undefined): Record<string, string> {
  return {
    HOME: '/root',
    ...image.env,
    MODAL_SANDBOX_ID: sandboxId,
    MODAL_TASK_ID: taskId,
    ...engineEnv,
    ...(pty ? TERMINAL_ENV : {}),
    ...definition.env,
    ...env,
  };
}
