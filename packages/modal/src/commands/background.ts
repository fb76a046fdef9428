// A command that goes on after the call: its own process with a true process id, its output in a file of the sandbox.

import { type CallOptions, defaultMaxOutput, FailedPreconditionError, type RunCommandOptions } from 'computesdk';
import type { ContainerProcess, Sandbox } from 'modal';

import { abortable } from '../errors/abortable.js';
import { exitCodeOf } from './exit-code.js';
import { type Marker, marker } from './marker.js';
import { Output } from './output.js';
import { runProgram } from './run-program.js';
import { startProcess } from './start-process.js';
import { feed, toBytes } from './stdin.js';
import { searchOutput, waitForLog } from './wait-for-log.js';
import type { WaitOptions } from './wait-options.js';

// The shell says who it is, points the output at a file and becomes the program: one process, one id.
const script = 'log=$1; shift; : >"$log" && printf "%s\\n" "$$" && exec "$@" >"$log" 2>&1';

export type KillSignal = 'TERM' | 'KILL' | 'INT' | 'QUIT' | 'HUP' | 'USR1' | 'USR2' | 'STOP' | 'CONT';

/** A running or finished background command. It lives on when this object, or the whole client, is gone. */
export interface BackgroundProcess {
  /** Process id inside the sandbox. */
  readonly pid: number;
  /** File in the sandbox that holds standard output and error, in the order written. */
  readonly logPath: string;
  /** The output so far. Throws OutputLimitError when it is longer than the `maxOutput` bytes that the command was started with. */
  readLog(options?: CallOptions): Promise<string>;
  /**
   * The first text of the log that matches: a string is searched for, a RegExp is run on the log so far.
   * Throws TimeoutError after `timeout` milliseconds (default 30 000), FailedPreconditionError when the command ends without it or
   * 16 Mi characters do not match a RegExp.
   */
  waitForLog(pattern: string | RegExp, options?: WaitOptions): Promise<string>;
  /** The exit code, once there is one; 128+n after signal n, 124 past the `timeout`. */
  wait(options?: CallOptions): Promise<number>;
  /** Sends a signal, `TERM` by default, to the process and all that it started. */
  kill(signal?: KillSignal, options?: CallOptions): Promise<void>;
}

/** Starts `argv` and returns as soon as it runs. `timeout` kills it later; `signal` counts until it runs. */
export async function startBackground(
  sandbox: Sandbox,
  argv: readonly string[],
  options: RunCommandOptions,
): Promise<BackgroundProcess> {
  const mark = marker();
  const deadline = options.timeout === undefined ? Infinity : performance.now() + options.timeout;
  const logPath = `/tmp/computesdk-${crypto.randomUUID()}.log`;
  const { env, stdin, signal } = options;
  const command = ['sh', '-c', script, 'sh', logPath, ...argv];
  const process = await abortable(signal, () => startProcess(sandbox, command, { ...options, env: { ...env, ...mark.env } }));
  const input = feed(process, stdin === undefined ? new Uint8Array() : toBytes(stdin), new AbortController().signal);
  const [pid] = await abortable(signal, () => Promise.all([readPid(process), input]));
  return new Background(sandbox, process, mark, { pid, logPath, deadline, maxOutput: options.maxOutput });
}

async function readPid(process: ContainerProcess<Uint8Array>): Promise<number> {
  const onData = (text: string): void => {
    if (text.endsWith('\n')) stdout.stop();
  };
  const stdout = new Output(process.stdout, { keep: defaultMaxOutput, onData });
  await stdout.done;
  const pid = Number.parseInt(stdout.text(), 10);
  if (Number.isInteger(pid)) return pid;
  const why = new TextDecoder().decode(await process.stderr.readBytes()).trim();
  throw new FailedPreconditionError(`The background command did not start${why === '' ? '' : `: ${why}`}`, {
    suggestion: 'Background commands need their `cwd`, and a shell (`sh`) and a writable /tmp in the image.',
  });
}

interface BackgroundFacts {
  pid: number;
  logPath: string;
  deadline: number;
  maxOutput: number | undefined;
}

class Background implements BackgroundProcess {
  readonly #sandbox: Sandbox;
  readonly #process: ContainerProcess<Uint8Array>;
  readonly #mark: Marker;
  readonly #deadline: number;
  readonly #maxOutput: number | undefined;
  readonly pid: number;
  readonly logPath: string;

  constructor(sandbox: Sandbox, process: ContainerProcess<Uint8Array>, mark: Marker, facts: BackgroundFacts) {
    this.#sandbox = sandbox;
    this.#process = process;
    this.#mark = mark;
    this.#deadline = facts.deadline;
    this.#maxOutput = facts.maxOutput;
    this.pid = facts.pid;
    this.logPath = facts.logPath;
  }

  async readLog({ signal }: CallOptions = {}): Promise<string> {
    const { stdout } = await runProgram(this.#sandbox, ['cat', this.logPath], { signal, maxOutput: this.#maxOutput });
    return stdout;
  }

  async waitForLog(pattern: string | RegExp, { timeout, signal }: WaitOptions = {}): Promise<string> {
    const found = new AbortController();
    const watching = AbortSignal.any(signal ? [found.signal, signal] : [found.signal]);
    const watched = waitForLog(this.#sandbox, this.logPath, pattern, { timeout, signal: watching });
    watched.catch(() => {});
    try {
      return await Promise.race([watched, this.#lastChance(pattern)]);
    } finally {
      found.abort();
    }
  }

  wait({ signal }: CallOptions = {}): Promise<number> {
    return abortable(signal, () => exitCodeOf(this.#process, this.#deadline));
  }

  kill(signal: KillSignal = 'TERM', options: CallOptions = {}): Promise<void> {
    return abortable(options.signal, () => this.#mark.signal(this.#sandbox, signal));
  }

  /** What the log holds at the end of the process. */
  async #lastChance(pattern: string | RegExp): Promise<string> {
    const exitCode = await this.wait();
    const match = await searchOutput(this.#sandbox, ['cat', this.logPath], pattern, {});
    if (match !== undefined) return match;
    throw new FailedPreconditionError(`The command ended with exit code ${exitCode}, and its log never showed ${String(pattern)}`);
  }
}
