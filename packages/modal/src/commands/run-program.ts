// Runs one program in a sandbox to its end, its time limit, its output limit or the caller's abort.

import { AbortedError, defaultMaxOutput, type ExecutionOptions, OutputLimitError } from 'computesdk';
import type { ContainerProcess, Sandbox } from 'modal';

import { abortable } from '../errors/abortable.js';
import { fromModal } from '../errors/from-modal.js';
import { exitCodeOf, timedOut } from './exit-code.js';
import { interruption } from './interruption.js';
import { type Marker, marker } from './marker.js';
import { Output, TooMuchOutput } from './output.js';
import { startProcess } from './start-process.js';
import { feed, toBytes } from './stdin.js';

// Without a reason of ours each abort would make an error with a stack, the dearest part of a short command.
const over = 'the process has ended';

export interface ProgramResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/**
 * `argv` runs without a shell. Past `timeout` (counted from the call) the result is what was printed so far and exit code 124;
 * Modal kills the process at that time rounded up to a whole second. When the call throws, for an abort, past `maxOutput` or for what a
 * callback threw, the process and all that it started are killed.
 */
export async function runProgram(sandbox: Sandbox, argv: readonly string[], options: ExecutionOptions = {}): Promise<ProgramResult> {
  const { env, signal, timeout } = options;
  AbortedError.throwIfAborted(signal);
  const deadline = timeout === undefined ? Infinity : performance.now() + timeout;
  const mark = marker();
  const starting = startProcess(sandbox, argv, { ...options, env: { ...env, ...mark.env } });
  try {
    const process = await abortable(signal, () => starting);
    return await finish(process, options, deadline);
  } catch (error) {
    void killLate(sandbox, starting, mark);
    throw error;
  }
}

async function finish(
  process: ContainerProcess<Uint8Array>,
  { maxOutput = defaultMaxOutput, stdin, onStdout, onStderr, signal }: ExecutionOptions,
  deadline: number,
): Promise<ProgramResult> {
  const stdout = new Output(process.stdout, { keep: maxOutput, onData: onStdout });
  const stderr = new Output(process.stderr, { keep: maxOutput, onData: onStderr });
  const ended = new AbortController();
  const fed = feed(process, stdin === undefined ? undefined : toBytes(stdin), ended.signal);
  const exited = Promise.all([exitCodeOf(process, deadline), stdout.done, stderr.done]).then(([code]) => code);
  const { promise: interrupted, stop } = interruption(deadline - performance.now(), signal);
  for (const left of [fed, exited]) left.catch(() => {});
  try {
    // Input that could not be delivered outranks waiting for an end that may never come without it.
    const exitCode = await Promise.race([exited, fed.then(() => exited), interrupted.then(() => timedOut)]);
    return { stdout: stdout.text(), stderr: stderr.text(), exitCode };
  } catch (error) {
    if (error instanceof TooMuchOutput) throw new OutputLimitError({ maxOutput, stdout: stdout.text(), stderr: stderr.text() });
    throw error;
  } finally {
    stop();
    ended.abort(over);
    stdout.stop();
    stderr.stop();
  }
}

/** The caller has got its error: a kill that fails can only be reported. */
async function killLate(sandbox: Sandbox, starting: Promise<unknown>, mark: Marker): Promise<void> {
  try {
    await starting;
  } catch {
    return; // It never ran.
  }
  await mark.signal(sandbox, 'KILL').catch((error: unknown) => {
    const failure = fromModal(error);
    // A command does not outlive its sandbox, which may have ended meanwhile.
    if (!['not_found', 'failed_precondition'].includes(failure.code)) console.warn('A command whose call failed could not be killed:', failure);
  });
}
