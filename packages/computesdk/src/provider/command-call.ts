// `runCommand` and `runCode` are called in two generations' forms: this reads both into one.

import { InvalidArgumentError } from '../errors/invalid.js';
import type { RunCodeOptions, RunCommandOptions, Runtime } from '../sandbox/command-options.js';
import { kindOf } from './arguments.js';
import { checkRunCodeOptions, checkRunCommandOptions } from './run-options.js';

export interface CommandCall {
  /** The program, or the whole command line when `args` is `undefined`. */
  command: string;
  /** `undefined`: `command` is a line for a shell. */
  args: readonly string[] | undefined;
  options: RunCommandOptions;
}

/** Reads `(command, args, options?)` and `(command, options?)`. Throws InvalidArgumentError, UnknownOptionError. */
export function readCommandCall(
  command: string,
  second?: readonly string[] | RunCommandOptions,
  third?: RunCommandOptions,
): CommandCall {
  if (typeof command !== 'string' || command === '') {
    throw new InvalidArgumentError('command must be a non-empty string', { field: 'command' });
  }
  const args = isArguments(second) ? second : undefined;
  const options = third ?? (isArguments(second) ? undefined : second) ?? {};
  if (typeof options !== 'object') {
    throw new InvalidArgumentError(`runCommand() takes an array of arguments or an object of options after the command, got ${kindOf(options)}`, {
      field: 'args',
      suggestion: "Write runCommand('ls', ['-la']), or runCommand('ls -la') for a shell.",
    });
  }
  checkRunCommandOptions(options);
  return { command, args, options };
}

function isArguments(value: readonly string[] | RunCommandOptions | undefined): value is readonly string[] {
  if (!Array.isArray(value)) return false;
  const wrong = value.findIndex((argument) => typeof argument !== 'string');
  if (wrong === -1) return true;
  throw new InvalidArgumentError(`args[${wrong}] must be a string`, { field: `args[${wrong}]` });
}

/** The call as a program and its arguments; a command line is given to `sh`. */
export function toArgv({ command, args }: Pick<CommandCall, 'command' | 'args'>): [string, ...string[]] {
  return args === undefined ? ['sh', '-c', command] : [command, ...args];
}

export interface CodeCall {
  code: string;
  /** `undefined`: to be detected. */
  runtime: Runtime | undefined;
  options: RunCodeOptions;
}

const runtimes: Record<string, Runtime> = { python: 'python', python3: 'python', node: 'node', nodejs: 'node', javascript: 'node' };

/** Reads `(code, runtime?, options?)` and `(code, options?)`. Throws InvalidArgumentError, UnknownOptionError. */
export function readCodeCall(code: string, second?: Runtime | RunCodeOptions, third?: RunCodeOptions): CodeCall {
  if (typeof code !== 'string') throw new InvalidArgumentError('code must be a string', { field: 'code' });
  const given = third ?? (typeof second === 'string' ? undefined : second) ?? {};
  if (typeof given !== 'object') {
    throw new InvalidArgumentError(`runCode() takes a runtime or an object of options after the code, got ${kindOf(given)}`, { field: 'runtime' });
  }
  const { runtime, ...options } = given;
  checkRunCodeOptions(options);
  const wanted = (typeof second === 'string' ? second : undefined) ?? runtime;
  return { code, runtime: wanted === undefined ? undefined : readRuntime(wanted), options };
}

/** The runtime that `name` means. Throws InvalidArgumentError for any other name. */
export function readRuntime(name: string): Runtime {
  const runtime = runtimes[name.toLowerCase()];
  if (runtime) return runtime;
  throw new InvalidArgumentError(`Unknown runtime '${name}'`, {
    field: 'runtime',
    suggestion: "Use 'python' or 'node'; choose the version of the language with `image`.",
  });
}
