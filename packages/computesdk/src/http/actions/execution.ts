// Programs: code and commands, in the sandbox of the request or in one made for this run.

import { z } from 'zod';
import { InvalidArgumentError, UnknownOptionError } from '../../errors/invalid.js';
import { readRuntime } from '../../provider/command-call.js';
import { keptOutput } from '../../provider/max-output.js';
import { checkEnvironment } from '../../provider/run-options.js';
import type { ExecutionResult } from '../../sandbox/result.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { commandOptions, options, required } from '../fields.js';
import type { ComputeResponse } from '../protocol.js';
import { type ActionContext, type ActionOutcome, defineAction, findSandbox } from './action.js';

const target = z.object({ sandboxId: required.optional(), options: options.default({}) });

export const runCode = defineAction(
  target.extend({ code: required, runtime: required.optional(), commandOptions }),
  async ({ code, runtime, commandOptions: given, ...where }, context) => {
    const checked = checkNames(given, codeOptionNames);
    const language = runtime === undefined ? undefined : readRuntime(runtime);
    const maxOutput = outputLimit(checked.maxOutput, context);
    return inSandbox(where, context, async (sandbox) =>
      keptOutput(
        await sandbox.runCode(code, language, { ...checked, ...liveCallbacks(context), maxOutput, signal: context.signal }),
        maxOutput,
      ),
    );
  },
);

export const runCommand = defineAction(
  target.extend({ command: required, args: z.array(z.string()).optional(), commandOptions }),
  async ({ command, args, commandOptions: given, ...where }, context) => {
    const checked = checkNames(given, commandOptionNames);
    if (checked.background && !where.sandboxId) {
      throw new InvalidArgumentError('sandboxId is required for a background command', {
        field: 'sandboxId',
        suggestion: 'Create a sandbox first: one made for a single command ends with it.',
      });
    }
    const { signal } = context;
    if (checked.background) return inSandbox(where, context, (sandbox) => sandbox.runCommand(command, args, { ...checked, signal }));
    const maxOutput = outputLimit(checked.maxOutput, context);
    return inSandbox(where, context, async (sandbox) =>
      keptOutput(await sandbox.runCommand(command, args, { ...checked, ...liveCallbacks(context), maxOutput, signal }), maxOutput),
    );
  },
);

const codeOptionNames = ['cwd', 'env', 'maxOutput', 'stdin', 'timeout', 'user'] as const;
const commandOptionNames = [...codeOptionNames, 'background'] as const;

function checkNames<T extends z.output<typeof commandOptions>>(given: T, known: readonly string[]): T {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw new UnknownOptionError(name, known, 'commandOptions');
  }
  if (given.env) checkEnvironment('commandOptions.env', given.env);
  return given;
}

/** What the request asks for, within what the application allows; nothing kept only where events take the output. */
function outputLimit(wanted: number | undefined, { live, maxOutputBytes }: ActionContext): number {
  if (wanted === undefined) return maxOutputBytes;
  if (wanted <= maxOutputBytes && (wanted > 0 || live)) return wanted;
  throw new InvalidArgumentError(`commandOptions.maxOutput must be from 1 to ${maxOutputBytes}, or 0 with text/event-stream`, {
    field: 'commandOptions.maxOutput',
  });
}

function liveCallbacks({ live }: ActionContext) {
  return live && { onStdout: live.stdout.bind(live), onStderr: live.stderr.bind(live) };
}

/** Runs in the named sandbox, else in a new one that is destroyed afterwards, whatever happened. */
async function inSandbox(
  { sandboxId, options: createOptions }: z.output<typeof target>,
  context: ActionContext,
  run: (sandbox: Sandbox) => Promise<ExecutionResult>,
): Promise<ActionOutcome> {
  const { provider, signal, live } = context;
  const sandbox = sandboxId
    ? await findSandbox(sandboxId, context)
    : await provider.sandbox.create({ ...createOptions, signal });
  try {
    live?.open();
    return { sandboxId: sandbox.sandboxId, result: resultOf(await run(sandbox)) };
  } finally {
    if (!sandboxId) await sandbox.destroy();
  }
}

function resultOf(result: ExecutionResult): NonNullable<ComputeResponse['result']> {
  const { stdout, stderr, exitCode, executionTime, durationMs, pid, isBackground } = result;
  return {
    stdout,
    stderr,
    exitCode,
    executionTime,
    durationMs,
    ...(isBackground && { isBackground }),
    ...(pid !== undefined && { pid }),
  };
}
