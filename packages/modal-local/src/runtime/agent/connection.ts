// What the engine asks of the agent that is PID 1 in a container. The agent runs beside hostile code:
// an implementation bounds every size and checks every id that it is told.

import type { Duplex } from 'node:stream';

export interface ProcessSpec {
  /** Program and arguments; the program is looked up in the PATH of `env` inside the container. */
  argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  /** Absolute directory inside the container. */
  cwd: string;
  /** `user`, `user:group`, `uid` or `uid:gid`, resolved in the container's /etc/passwd; empty is root. */
  user?: string;
  /** Merges stderr into stdout and gives the process a controlling terminal. */
  pty?: { rows: number; columns: number };
  stdin: 'pipe' | 'null';
  stdout: 'pipe' | 'null';
  stderr: 'pipe' | 'null';
  /** Milliseconds after which the whole process tree is killed with SIGKILL. */
  timeoutMs?: number;
}

/** Receives output in order. The agent reads no more from the process while a returned promise is pending. */
export interface OutputSink {
  write(chunk: Buffer): void | Promise<void>;
  /** Every writer has closed the stream, or the process has exited and nothing more came. */
  end(): void;
}

export type ProcessExit =
  | { kind: 'exited'; code: number }
  | { kind: 'signaled'; signal: number; timedOut: boolean };

export interface AgentProcess {
  /** The process id as seen inside the container. */
  readonly pid: number;
  /**
   * The main process has ended (its output streams may end later). Rejects when the container is gone, or with a
   * sink's error: output that cannot be kept costs the process its life.
   */
  readonly exited: Promise<ProcessExit>;
  /** Resolves when the agent has taken the bytes; rejects with EPIPE once the process has closed its stdin. */
  writeStdin(chunk: Uint8Array): Promise<void>;
  closeStdin(): void;
  /** Sends a signal to every process of the exec's tree. */
  signal(signal: number): void;
  resize(rows: number, columns: number): void;
}

export interface AgentConnection {
  /** Resolves when the agent has said hello. */
  readonly ready: Promise<void>;
  /** Resolves when the connection is gone: the agent, and with it the container, has ended. */
  readonly closed: Promise<void>;
  /**
   * Starts a process; rejects with an `AgentError` INVALID_ARGUMENT for what no process can be given. A program that cannot
   * be executed does not reject: it exits with 127 (not found) or 126 (not executable, bad cwd) and a message on stderr,
   * as a shell does.
   */
  start(spec: ProcessSpec, output: { stdout: OutputSink; stderr: OutputSink }): Promise<AgentProcess>;
  /** Connects to a TCP port on the container's own loopback; rejects when nothing listens there. */
  dial(port: number, options?: { signal?: AbortSignal }): Promise<Duplex>;
  close(): void;
}
