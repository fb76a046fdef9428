// For tests: the real agent as an ordinary process of this machine, or as PID 1 of a PID namespace of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { connectAgent } from '../agent/connect-agent.js';
import type { AgentConnection, AgentProcess, OutputSink, ProcessExit, ProcessSpec } from '../agent/connection.js';

export const AGENT = fileURLToPath(new URL('../../../dist/agent/modal-local-agent', import.meta.url));

export interface TestAgent extends AsyncDisposable {
  readonly connection: AgentConnection;
  readonly pid: number;
  /** What the agent itself wrote on stderr. */
  complaints(): string;
  /** The code or signal with which it ended. */
  readonly ended: Promise<number | string>;
}

export interface Finished {
  pid: number;
  exit: ProcessExit;
  stdout: string;
  stderr: string;
}

export async function startTestAgent({ asPid1 = false } = {}): Promise<TestAgent> {
  if (!existsSync(AGENT)) throw new Error('The agent is not built: run `npm run setup`.');
  const [program, ...args] = asPid1 ? ['unshare', '--pid', '--fork', '--mount-proc', AGENT, '--init'] : [AGENT, '--init'];
  const child = spawn(program ?? AGENT, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const socket = child.stdio[3];
  if (!(socket instanceof Duplex)) throw new Error('descriptor 3 is no socket');
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? 'unknown');
  const connection = connectAgent(socket);
  await connection.ready;
  return {
    connection,
    pid: child.pid ?? 0,
    complaints: () => complaints,
    ended,
    async [Symbol.asyncDispose]() {
      connection.close();
      await ended;
    },
  };
}

export function specify(argv: readonly string[], changes: Partial<ProcessSpec> = {}): ProcessSpec {
  return { argv, env: { PATH: '/usr/bin:/bin' }, cwd: '/', stdin: 'null', stdout: 'pipe', stderr: 'pipe', ...changes };
}

/** Keeps what it is given. */
export class Collector implements OutputSink {
  readonly chunks: Buffer[] = [];
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;
  #listeners: (() => void)[] = [];

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  write(chunk: Buffer): void {
    this.chunks.push(chunk);
    for (const listener of this.#listeners) listener();
  }

  end(): void {
    this.#end();
  }

  /** Resolves once the text so far matches. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await new Promise<void>((resolve) => this.#listeners.push(resolve));
  }
}

/** Runs a program to its end and the end of its output. */
export async function run(agent: TestAgent, argv: readonly string[], changes: Partial<ProcessSpec> = {}): Promise<Finished> {
  const { process, stdout, stderr } = await launch(agent, argv, changes);
  const [exit] = await Promise.all([process.exited, stdout.ended, stderr.ended]);
  return { pid: process.pid, exit, stdout: stdout.text, stderr: stderr.text };
}

export async function launch(
  agent: TestAgent,
  argv: readonly string[],
  changes: Partial<ProcessSpec> = {},
): Promise<{ process: AgentProcess; stdout: Collector; stderr: Collector }> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  return { process: await agent.connection.start(specify(argv, changes), { stdout, stderr }), stdout, stderr };
}

/** A measure's value once it has stood still for a tenth of a second. */
export async function settled(measure: () => number): Promise<number> {
  let value = measure();
  for (let still = 0; still < 5; still += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const next = measure();
    if (next !== value) still = 0;
    value = next;
  }
  return value;
}
