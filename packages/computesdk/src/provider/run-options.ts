// One check for the options of `runCommand` and `runCode`, at the edge.

import { InvalidArgumentError } from '../errors/invalid.js';
import { rejectUnknownOptions } from '../options/reject-unknown.js';
import type { ExecutionOptions, RunCommandOptions } from '../sandbox/command-options.js';
import { checkContent, checkSignal, kindOf } from './arguments.js';
import { checkMaxOutputOption } from './max-output.js';

const ofBoth = ['cwd', 'env', 'timeout', 'maxOutput', 'onStdout', 'onStderr', 'stdin', 'user', 'signal'] as const;

/** Throws InvalidArgumentError or UnknownOptionError for the first option that cannot be honoured. */
export function checkRunCommandOptions(options: RunCommandOptions): void {
  rejectUnknownOptions(options, [...ofBoth, 'background'], 'runCommand()');
  checkValues(options);
}

/** The same for `runCode`, which has no background; its `runtime` is read apart. */
export function checkRunCodeOptions(options: ExecutionOptions): void {
  rejectUnknownOptions(options, [...ofBoth, 'runtime'], 'runCode()');
  checkValues(options);
}

function checkValues(options: RunCommandOptions): void {
  const { background, cwd, env, onStdout, onStderr, signal, stdin, timeout } = options;
  if (timeout !== undefined) checkMilliseconds('timeout', timeout);
  if (cwd !== undefined && (typeof cwd !== 'string' || cwd === '')) {
    throw new InvalidArgumentError('cwd must be a non-empty path', { field: 'cwd' });
  }
  if (env !== undefined) checkEnvironment('env', env);
  if (stdin !== undefined) checkContent('stdin', stdin);
  if (signal !== undefined) checkSignal(signal);
  if (background !== undefined && typeof background !== 'boolean') {
    throw new InvalidArgumentError(`background must be true or false, got ${kindOf(background)}`, { field: 'background' });
  }
  for (const [field, callback] of Object.entries({ onStdout, onStderr })) {
    if (callback === undefined || typeof callback === 'function') continue;
    throw new InvalidArgumentError(`${field} must be a function, got ${kindOf(callback)}`, { field });
  }
  if (background && (onStdout || onStderr)) {
    throw new InvalidArgumentError('runCommand with streaming callbacks does not support background mode.', {
      field: 'background',
      suggestion: 'Redirect the output of the background command to a file, or run it in the foreground without awaiting it.',
    });
  }
  checkMaxOutputOption(options);
}

/** Throws unless `value` is a positive finite number. */
export function checkMilliseconds(field: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return;
  throw new InvalidArgumentError(`${field} must be a positive number of milliseconds, got ${String(value)}`, { field });
}

/** Throws unless `value` maps names that a process can have in its environment to strings. */
export function checkEnvironment(field: string, value: unknown): asserts value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`${field} must be an object of strings`, { field });
  }
  for (const [name, text] of Object.entries(value)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new InvalidArgumentError(`'${name}' is not a name of an environment variable`, {
        field: `${field}.${name}`,
        suggestion: 'Use letters, digits and underscores, not starting with a digit.',
      });
    }
    if (typeof text !== 'string' || text.includes('\0')) {
      throw new InvalidArgumentError(`${field}.${name} must be a string without NUL`, { field: `${field}.${name}` });
    }
  }
}
