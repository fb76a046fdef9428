// Tells when a sandbox is ready: a port that accepts connections, or a command that succeeds, tried over and over.

import { setTimeout as sleep } from 'node:timers/promises';

import { checkArgv } from '../execs/exec-request.js';
import { EngineError } from '../errors.js';
import { longPoll } from '../long-poll.js';
import type { AgentConnection, OutputSink, ProcessSpec } from '../../runtime/agent/connection.js';
import { AgentError, isAgentGone } from '../../runtime/agent/errors.js';

/** Modal's documented default. */
export const DEFAULT_PROBE_INTERVAL_MS = 100;
/** A command that takes longer is killed and counts as a failure. */
const PROBE_TIMEOUT_MS = 30_000;

export type ReadinessProbe = ({ kind: 'tcp'; port: number } | { kind: 'exec'; argv: readonly string[] }) & { intervalMs: number };

/** Throws INVALID_ARGUMENT. */
export function checkProbe(probe: ReadinessProbe): void {
  if (probe.kind === 'exec') checkArgv(probe.argv);
  else if (probe.port < 1 || probe.port > 65_535) throw new EngineError('INVALID_ARGUMENT', `A readiness probe's port is between 1 and 65535, got ${probe.port}`);
  if (probe.intervalMs < 1) throw new EngineError('INVALID_ARGUMENT', `A readiness probe's interval is at least 1 ms, got ${probe.intervalMs}`);
}

export interface ReadinessOptions {
  probe: ReadinessProbe;
  agent: AgentConnection;
  /** The process of an exec probe. */
  spec: (argv: readonly string[]) => ProcessSpec;
  now: () => number;
  /** Aborted when the sandbox ends. */
  ended: AbortSignal;
}

export class Readiness {
  /** Milliseconds since 1970; rejects when the sandbox ends before, or when the probe cannot be tried. */
  readonly #ready: Promise<number>;

  constructor(options: ReadinessOptions) {
    this.#ready = untilReady(options);
    this.#ready.catch(() => undefined);
  }

  /** When it became ready. Throws DEADLINE_EXCEEDED, FAILED_PRECONDITION when the sandbox ends before, INVALID_ARGUMENT for a probe that no process can be. */
  async wait(milliseconds: number, signal?: AbortSignal): Promise<number> {
    const readyAt = await longPoll(this.#ready, milliseconds, signal);
    if (readyAt === undefined) throw new EngineError('DEADLINE_EXCEEDED', `The sandbox was not ready within ${milliseconds / 1000} seconds`);
    return readyAt;
  }
}

async function untilReady({ probe, agent, spec, now, ended }: ReadinessOptions): Promise<number> {
  while (!ended.aborted) {
    const succeeded = probe.kind === 'tcp' ? await accepts(agent, probe.port, ended) : await succeeds(agent, spec(probe.argv));
    if (succeeded) return now();
    await sleep(probe.intervalMs, undefined, { signal: ended, ref: false }).catch(() => undefined);
  }
  throw new EngineError('FAILED_PRECONDITION', 'The sandbox ended before it was ready');
}

async function accepts(agent: AgentConnection, port: number, signal: AbortSignal): Promise<boolean> {
  try {
    (await agent.dial(port, { signal })).destroy();
    return true;
  } catch (error) {
    if (signal.aborted || isAgentGone(error) || isRefused(error)) return false;
    throw error;
  }
}

async function succeeds(agent: AgentConnection, spec: ProcessSpec): Promise<boolean> {
  const nowhere: OutputSink = { write: () => undefined, end: () => undefined };
  try {
    const process = await agent.start({ ...spec, stdin: 'null', stdout: 'null', stderr: 'null', timeoutMs: PROBE_TIMEOUT_MS }, { stdout: nowhere, stderr: nowhere });
    const exit = await process.exited;
    return exit.kind === 'exited' && exit.code === 0;
  } catch (error) {
    if (isAgentGone(error)) return false;
    if (error instanceof AgentError && error.code === 'INVALID_ARGUMENT') throw new EngineError('INVALID_ARGUMENT', `The readiness probe cannot be run: ${error.message}`, { cause: error });
    throw error;
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof AgentError && (error.code === 'ECONNREFUSED' || error.code === 'CONNECTION_FAILED');
}
