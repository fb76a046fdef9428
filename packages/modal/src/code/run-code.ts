// Runs code of either language: one process, the code on its standard input, then the caller's input.

import { type RunCodeOptions, type Runtime } from 'computesdk';
import type { Sandbox } from 'modal';

import { type ProgramResult, runProgram } from '../commands/run-program.js';
import { toBytes } from '../commands/stdin.js';
import { nodeLauncher } from './node-launcher.js';
import { pythonLauncher } from './python-launcher.js';
import { newMark, throwIfMarked, untilMark } from './syntax-mark.js';

const interpreters: Record<Runtime, readonly [program: string, ...args: string[]]> = {
  python: ['python3', '-c', pythonLauncher],
  node: ['node', '--experimental-vm-modules', '-e', nodeLauncher],
};

/**
 * Any failure of the program is a result; only code that does not parse throws, a CodeSyntaxError. An image without the
 * interpreter gives exit code 127 and says so.
 */
export async function runCode(sandbox: Sandbox, code: string, runtime: Runtime, options: RunCodeOptions = {}): Promise<ProgramResult> {
  const { stdin, onStderr } = options;
  const source = toBytes(code);
  const mark = newMark();
  const filtered = onStderr && untilMark(mark, onStderr);
  const result = await runProgram(sandbox, [...interpreters[runtime], String(source.length), mark], {
    ...options,
    stdin: stdin === undefined ? source : Buffer.concat([source, toBytes(stdin)]),
    ...(filtered && { onStderr: filtered.push }),
  });
  throwIfMarked(filtered ? filtered.end() : result.stderr, mark);
  if (result.exitCode !== 127 || (await hasInterpreter(sandbox, runtime))) return result;
  const [program] = interpreters[runtime];
  return { ...result, stderr: `${result.stderr}The image has no ${program}: choose one that has it with \`image\`.\n` };
}

/** A program may exit with 127, too. */
async function hasInterpreter(sandbox: Sandbox, runtime: Runtime): Promise<boolean> {
  const { exitCode } = await runProgram(sandbox, ['sh', '-c', 'command -v "$1"', 'sh', interpreters[runtime][0]]);
  return exitCode === 0;
}
