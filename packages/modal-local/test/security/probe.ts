// Hostile programs in a sandbox, and the question whether anybody else notices.

import type { Sandbox } from 'modal';
import { expect } from 'vitest';

import { run, type TestEngine } from '../engine.js';

/** For programs that call the kernel: `call(NAME, number, …)` returns what it returned, or the name of the error. */
const KERNEL = `
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *[a if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments])
    return errno.errorcode[ctypes.get_errno()] if result == -1 else result
def attempt(action):
    try: return action()
    except OSError as error: return errno.errorcode[error.errno]
`;

/** Runs a Python program with `call` and `attempt`, and returns what it printed. Fails when the program does. */
export async function probe(sandbox: Sandbox, program: string): Promise<string> {
  const { stdout, stderr, code } = await run(sandbox, 'python3', '-c', KERNEL + program);
  if (code !== 0) throw new Error(`The probe ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** Far beyond what a busy machine needs for a command, and far below what a blocked engine makes others wait. */
const HELD_UP_MS = 15_000;

/** While the probe runs, another sandbox runs commands and the engine answers: nobody is held up. */
export async function unnoticed<Result>(engine: TestEngine, neighbour: Sandbox, attack: Promise<Result>): Promise<Result> {
  const end = { reached: false };
  const watched = attack.finally(() => (end.reached = true));
  watched.catch(() => undefined);
  do {
    const start = performance.now();
    expect((await run(neighbour, 'echo', 'here')).stdout).toBe('here\n');
    await engine.client.apps.fromName('tests');
    expect(performance.now() - start).toBeLessThan(HELD_UP_MS);
  } while (!end.reached);
  return await watched;
}
