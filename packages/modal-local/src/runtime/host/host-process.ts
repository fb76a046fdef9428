// The engine's hand on the host: a small program beside it that mounts and starts containers. A fork of Node's own
// large process would take longer than either, and hold up every request meanwhile.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import { DiskFullError, saysDiskFull } from './disk-full.js';

export interface HostProcessOptions {
  /** The program `modal-local-host`. */
  program: string;
  /** This engine's own directory below /run. */
  runDirectory: string;
}

export interface Launch {
  /** The launched program's descriptor 3; attach listeners at once. */
  socket: Socket;
  /** The program's exit code; 128 + signal when a signal ended it. */
  exited: Promise<number>;
}

interface Waiting {
  resolve: (fields: readonly string[]) => void;
  reject: (error: Error) => void;
}

/** Mounts and launches in the mount namespace of the engine that has started it; ends with the engine. */
export class HostProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #socketPath: string;
  readonly #waiting = new Map<string, Waiting>();
  #lastToken = 0;
  #buffered = Buffer.alloc(0);

  private constructor(child: ChildProcess, socketPath: string) {
    this.#child = child;
    this.#socketPath = socketPath;
    child.stdout?.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.once('error', (error) => this.#fail(`cannot run ${child.spawnfile}: ${error.message}; build it with \`npm run setup\``));
    child.once('exit', (code, signal) => this.#fail(`modal-local-host ended with ${signal ?? `code ${code}`}`));
  }

  static async start({ program, runDirectory }: HostProcessOptions): Promise<HostProcess> {
    const socketPath = join(runDirectory, 'host.sock');
    await rm(socketPath, { force: true });
    const child = spawn(program, [socketPath], { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } });
    // Writing to a process that has ended fails in #send's answer.
    child.stdin.on('error', () => undefined);
    const host = new HostProcess(child, socketPath);
    await host.#answer('ready');
    return host;
  }

  /** `options` as in mount(8); its relative directories start at `directory`. */
  async mountOverlay(directory: string, options: string, target: string): Promise<void> {
    await this.#request(['mount-overlay', directory, options, target]);
  }

  /** Takes a mount out of the tree; the kernel ends it with its last user. Idempotent. */
  async unmount(target: string): Promise<void> {
    await this.#request(['unmount', target]);
  }

  /**
   * In the mount namespace of process `pid`; directories that have to be made belong to uid `owner` of the host.
   * Throws INVALID_ARGUMENT when the target neither is a directory nor can become one.
   */
  async mountInto(pid: number, mount: { source: string; target: string; options: readonly string[]; owner: number }): Promise<void> {
    try {
      await this.#request(['mount-into', String(pid), mount.source, mount.target, String(mount.owner), mount.options.join(',')]);
    } catch (error) {
      const [, reason] = /no mount point: (.*)$/s.exec(error instanceof Error ? error.message : '') ?? [];
      if (reason === undefined) throw error;
      throw new EngineError('INVALID_ARGUMENT', `Nothing can be mounted at '${mount.target}': ${reason}`, { cause: error });
    }
  }

  async unmountFrom(pid: number, target: string): Promise<void> {
    await this.#request(['unmount-from', String(pid), target]);
  }

  /** Starts a program with nothing but /dev/null and one end of a socket as its descriptor 3. */
  launch(argv: readonly string[]): Launch {
    const token = this.#nextToken();
    const socket = connect(this.#socketPath);
    const exited = this.#answer(token).then((fields) => Number(fields[0]));
    // Closed before the request is out, the socket starts nothing and nobody answers.
    socket.write(frame([token, ...argv]), (error) => {
      if (error != null) this.#settle(token, (waiting) => waiting.reject(error));
    });
    return { socket, exited };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }

  async #request(fields: readonly string[]): Promise<void> {
    const token = this.#nextToken();
    const answer = this.#answer(token);
    this.#child.stdin?.write(frame([token, ...fields]));
    try {
      await answer;
    } catch (error) {
      const message = `${fields.join(' ')}: ${error instanceof Error ? error.message : String(error)}`;
      throw saysDiskFull(message) ? new DiskFullError(message, { cause: error }) : new Error(message, { cause: error });
    }
  }

  async #answer(token: string): Promise<readonly string[]> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error('modal-local-host has ended');
    return await new Promise((resolve, reject) => this.#waiting.set(token, { resolve, reject }));
  }

  #nextToken(): string {
    this.#lastToken += 1;
    return String(this.#lastToken);
  }

  #receive(chunk: Buffer): void {
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= 4) {
      const end = 4 + this.#buffered.readUInt32LE(0);
      if (this.#buffered.length < end) return;
      const [token = '', kind, ...rest] = this.#buffered.toString('utf8', 4, end - 1).split('\0');
      this.#buffered = this.#buffered.subarray(end);
      this.#settle(token, (waiting) => {
        if (kind === 'error') waiting.reject(new Error(rest[0] ?? 'no message'));
        else waiting.resolve(rest);
      });
    }
  }

  #settle(token: string, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    if (waiting !== undefined) how(waiting);
  }

  #fail(message: string): void {
    const error = new EngineError('UNAVAILABLE', message);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function frame(fields: readonly string[]): Buffer {
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}
