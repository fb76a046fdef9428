// Follows a growing file inside the sandbox until a text shows.

import { TimeoutError } from 'computesdk';
import type { Sandbox } from 'modal';

import { PatternSearch } from './pattern-search.js';
import { runProgram } from './run-program.js';
import type { WaitOptions } from './wait-options.js';

// `tail -f` looks once a second where it gets no notice of changes, and not every image's `tail` can be told to look sooner.
const script = `at=1
while :; do
  size=$(wc -c <"$1") || exit
  if [ "$size" -ge "$at" ]; then
    tail -c "+$at" "$1" | head -c "$((size - at + 1))"
    at=$((size + 1))
  else
    sleep 0.05
  fi
done`;

/** The first match in the file at `path`. Throws TimeoutError. */
export async function waitForLog(
  sandbox: Sandbox,
  path: string,
  pattern: string | RegExp,
  { timeout = 30_000, signal }: WaitOptions,
): Promise<string> {
  const match = await searchOutput(sandbox, ['sh', '-c', script, 'sh', path], pattern, { timeout, signal });
  if (match !== undefined) return match;
  throw new TimeoutError(`The log did not show ${String(pattern)} within ${timeout} ms`, { timeoutMs: timeout });
}

/** The first match in what `argv` prints, which ends it; `undefined` when it has ended without. */
export async function searchOutput(
  sandbox: Sandbox,
  argv: readonly string[],
  pattern: string | RegExp,
  { timeout, signal }: WaitOptions,
): Promise<string | undefined> {
  const search = new PatternSearch(pattern);
  const found = new AbortController();
  let match: string | undefined;
  const onStdout = (data: string): void => {
    match ??= search.push(data);
    if (match !== undefined) found.abort();
  };
  try {
    const watching = AbortSignal.any(signal ? [found.signal, signal] : [found.signal]);
    await runProgram(sandbox, argv, { timeout, onStdout, maxOutput: 0, signal: watching });
  } catch (error) {
    if (!found.signal.aborted) throw error;
  }
  return match;
}
