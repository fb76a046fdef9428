// Runs code of either language: one process, the code on its standard input, then the caller's input.

import { type RunCodeOptions, type Runtime } from 'computesdk';
import type { Sandbox } from 'modal';

import { type ProgramResult, runProgram } from '../commands/run-program.js';
import { toBytes } from '../commands/stdin.js';
import { nodeLauncher } from './node-launcher.js';
import { pythonLauncher } from './python-launcher.js';
import { newMark, throwIfMarked, untilMark } from './syntax-mark.js';

const programs: Record<Runtime, readonly string[]> = {
  python: ['python3', '-c', pythonLauncher],
  node: ['node', '--experimental-vm-modules', '-e', nodeLauncher],
};

/**
 * Any failure of the program is a result; only code that does not parse throws, a CodeSyntaxError. An image without the
 * interpreter gives exit code 127.
 */
export async function runCode(sandbox: Sandbox, code: string, runtime: Runtime, options: RunCodeOptions = {}): Promise<ProgramResult> {
  const { stdin, onStderr } = options;
  const source = toBytes(code);
  const mark = newMark();
  const filtered = onStderr && untilMark(mark, onStderr);
  const result = await runProgram(sandbox, [...programs[runtime], String(source.length), mark], {
    ...options,
    stdin: stdin === undefined ? source : Buffer.concat([source, toBytes(stdin)]),
    ...(filtered && { onStderr: filtered.push }),
  });
  filtered?.end();
  throwIfMarked(result.stderr, mark);
  if (result.exitCode !== 127 || result.stderr !== '') return result;
  return { ...result, stderr: `The image has no ${programs[runtime][0] ?? runtime}: choose one that has it with \`image\` or \`runtime\`.\n` };
}
