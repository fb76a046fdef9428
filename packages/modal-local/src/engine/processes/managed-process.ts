// A process in a sandbox with all that the SDK may ask of it: output kept, stdin at offsets, how it ended.

import { EngineError } from '../errors.js';
import type { AgentConnection, AgentProcess, OutputSink, ProcessExit, ProcessSpec } from '../../runtime/agent/connection.js';
import { AgentError, isAgentGone } from '../../runtime/agent/errors.js';
import { OutputSpool, type SpoolOptions } from './output-spool.js';
import { StdinPipe } from './stdin-pipe.js';

const SIGKILL = 9;

export interface ManagedProcessOptions {
  spec: ProcessSpec;
  spool: SpoolOptions;
  /** Stderr goes into stdout's spool, in the order of arrival. */
  mergeStderr?: boolean;
  /** Told what nobody who waits for the process can be told. */
  reportDefect: (where: string, error: unknown) => void;
}

export class ManagedProcess {
  readonly stdout: OutputSpool;
  readonly stderr: OutputSpool;
  readonly stdin: StdinPipe;
  /** Never rejects: a process whose sandbox has gone was killed. */
  readonly exited: Promise<ProcessExit>;
  readonly #process: AgentProcess;
  #exit: ProcessExit | undefined;

  private constructor(process: AgentProcess, stdout: OutputSpool, stderr: OutputSpool, reportDefect: ManagedProcessOptions['reportDefect']) {
    this.#process = process;
    this.stdout = stdout;
    this.stderr = stderr;
    this.stdin = new StdinPipe(process);
    const gone = (error: unknown) => {
      // A process whose output could not be taken has been killed for it.
      if (!isAgentGone(error)) reportDefect('output of a process', error);
      return this.#gone();
    };
    this.exited = process.exited.catch(gone).then((exit) => (this.#exit = exit));
  }

  /** Throws NOT_FOUND when the sandbox ends meanwhile, INVALID_ARGUMENT for what no process can be given. */
  static async start(agent: AgentConnection, { spec, spool, mergeStderr = false, reportDefect }: ManagedProcessOptions): Promise<ManagedProcess> {
    const stdout = new OutputSpool(spool);
    const stderr = new OutputSpool(spool);
    if (spec.stdout === 'null') stdout.end();
    if (spec.stderr === 'null' || spec.pty || mergeStderr) stderr.end();
    const output = mergeStderr ? mergedInto(stdout) : { stdout, stderr };
    try {
      return new ManagedProcess(await agent.start(spec, output), stdout, stderr, reportDefect);
    } catch (error) {
      if (error instanceof AgentError && error.code === 'INVALID_ARGUMENT') {
        throw new EngineError('INVALID_ARGUMENT', error.message, { cause: error });
      }
      if (!isAgentGone(error)) throw error;
      throw new EngineError('NOT_FOUND', 'The sandbox ended before the process could start', { cause: error });
    }
  }

  /** Undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Both streams have ended; they may do so later than the process. */
  get outputEnded(): Promise<unknown> {
    return Promise.all([this.stdout.finished(), this.stderr.finished()]);
  }

  signal(signal: number): void {
    if (this.#exit === undefined) this.#process.signal(signal);
  }

  /** Forgets what it wrote. */
  async close(): Promise<void> {
    await Promise.all([this.stdout.close(), this.stderr.close()]);
  }

  #gone(): ProcessExit {
    this.stdout.end();
    this.stderr.end();
    return { kind: 'signaled', signal: SIGKILL, timedOut: false };
  }
}

/** Two sinks that write to one; it ends when both have. */
function mergedInto(spool: OutputSpool): { stdout: OutputSink; stderr: OutputSink } {
  let open = 2;
  const sink = (): OutputSink => ({
    write: (chunk) => spool.write(chunk),
    end: () => {
      open -= 1;
      if (open === 0) spool.end();
    },
  });
  return { stdout: sink(), stderr: sink() };
}
