// Waits for a text in what the sandbox's own command prints, on either stream.

import { AbortedError, TimeoutError } from 'computesdk';
import type { Sandbox } from 'modal';

import { interruption } from '../commands/interruption.js';
import { Output } from '../commands/output.js';
import { PatternSearch } from '../commands/pattern-search.js';
import type { WaitOptions } from '../commands/wait-options.js';

/** Reads and uses up the streams of `sandbox`. Throws TimeoutError when the time is up or the output has ended without it. */
export async function findInOutput(
  sandbox: Sandbox,
  pattern: string | RegExp,
  { timeout = 30_000, signal }: WaitOptions = {},
): Promise<string> {
  const searches = [new PatternSearch(pattern), new PatternSearch(pattern)] as const;
  AbortedError.throwIfAborted(signal);
  const { promise: interrupted, stop } = interruption(timeout, signal);
  const outputs: Output[] = [];
  const found = new Promise<string>((resolve) => {
    const searchIn = (stream: ReadableStream<string>, search: PatternSearch): void => {
      const onData = (data: string): void => {
        const match = search.push(data);
        if (match !== undefined) resolve(match);
      };
      outputs.push(new Output(stream.pipeThrough(new TextEncoderStream()), { keep: 0, onData }));
    };
    searchIn(sandbox.stdout, searches[0]);
    searchIn(sandbox.stderr, searches[1]);
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
