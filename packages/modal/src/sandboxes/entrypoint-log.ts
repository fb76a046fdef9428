// Waits for a text in what the sandbox's own command prints, on either stream.

import { AbortedError, TimeoutError } from 'computesdk';
import type { Sandbox } from 'modal';

import { checkPattern, findIn } from '../commands/find-in.js';
import { interruption } from '../commands/interruption.js';
import { Output } from '../commands/output.js';
import type { WaitOptions } from '../commands/wait-options.js';

/** Reads and uses up the streams of `sandbox`. Throws TimeoutError when the time is up or the output has ended without it. */
export async function findInOutput(
  sandbox: Sandbox,
  pattern: string | RegExp,
  { timeout = 30_000, signal }: WaitOptions = {},
): Promise<string> {
  checkPattern(pattern);
  AbortedError.throwIfAborted(signal);
  const { promise: interrupted, stop } = interruption(timeout, signal);
  const outputs: Output[] = [];
  const found = new Promise<string>((resolve) => {
    for (const stream of [sandbox.stdout, sandbox.stderr]) {
      let log = '';
      outputs.push(
        new Output(stream.pipeThrough(new TextEncoderStream()), (data) => {
          log += data;
          const match = findIn(log, pattern);
          if (match !== undefined) resolve(match);
        }),
      );
    }
  });
  const ended = Promise.all(outputs.map(({ done }) => done));
  try {
    const match = await Promise.race([found, interrupted, ended.then(() => undefined)]);
    if (match !== undefined) return match;
    throw new TimeoutError(`The output did not show ${String(pattern)} within ${timeout} ms`, { timeoutMs: timeout });
  } finally {
    stop();
    for (const output of outputs) output.stop();
  }
}
