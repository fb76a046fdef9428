// A process in the container, as the engine holds it.

import type { Channel, ChannelOutput } from './channel.js';
import { defer } from './channel.js';
import type { AgentProcess, OutputSink, ProcessExit, ProcessSpec } from './connection.js';
import type { AgentError } from './errors.js';
import { AgentError as AgentFailure, protocolError } from './errors.js';
import type { Frame } from './frames.js';
import { Kind, Stream } from './frames.js';
import { InputStream } from './input-stream.js';
import { OutputStream } from './output-stream.js';
import { checkSize } from './start-request.js';

const SIGKILL = 9;
const MAX_SIGNAL = 64;

export class RemoteProcess implements AgentProcess, Channel {
  readonly started = defer<AgentProcess>();
  readonly #exit = defer<ProcessExit>();
  readonly #output: ChannelOutput;
  readonly #stdin: InputStream;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #unusedStreams: OutputStream[];
  readonly #stdinExpected: boolean;
  #pid: number | undefined;
  #exited = false;
  #sinkFailure: { error: unknown } | undefined;

  constructor(spec: ProcessSpec, sinks: { stdout: OutputSink; stderr: OutputSink }, output: ChannelOutput) {
    this.#output = output;
    this.#stdinExpected = spec.stdin === 'pipe';
    this.#stdin = new InputStream(output);
    this.#stdout = this.#outputStream(sinks.stdout, Stream.Output);
    this.#stderr = this.#outputStream(sinks.stderr, Stream.Error);
    this.#unusedStreams = [
      ...(spec.stdout === 'pipe' ? [] : [this.#stdout]),
      ...(spec.stderr === 'pipe' && spec.pty === undefined ? [] : [this.#stderr]),
    ];
    if (!this.#stdinExpected) {
      this.#stdin.stop(new AgentFailure('EPIPE', 'This process was started without a stdin to write to.'));
    }
  }

  get pid(): number {
    return this.#pid ?? 0;
  }

  get exited(): Promise<ProcessExit> {
    return this.#exit.promise;
  }

  writeStdin(chunk: Uint8Array): Promise<void> {
    return this.#stdin.write(chunk);
  }

  closeStdin(): void {
    this.#stdin.close();
  }

  signal(signal: number): void {
    if (!Number.isInteger(signal) || signal < 1 || signal > MAX_SIGNAL) {
      throw new AgentFailure('INVALID_ARGUMENT', `A signal is a number from 1 to ${MAX_SIGNAL}, got ${signal}.`);
    }
    this.#output.numbers(Kind.Signal, 0, [4, signal]);
  }

  resize(rows: number, columns: number): void {
    this.#output.numbers(Kind.Resize, 0, [2, checkSize('rows', rows)], [2, checkSize('columns', columns)]);
  }

  get isOver(): boolean {
    return this.#exited && this.#stdin.over && this.#stdout.ended && this.#stderr.ended;
  }

  data(stream: number, bytes: Buffer): void {
    this.#startedStream(stream).receive(bytes);
  }

  frame({ kind, stream, payload }: Frame): void {
    if (kind === Kind.Started && payload.length === 4) this.#start(payload.readUInt32LE(0));
    else if (kind === Kind.Exited && payload.length === 6) this.#end(payload);
    else if (kind === Kind.End && stream === Stream.Input && this.#pid !== undefined && !this.#stdin.over) {
      this.#stdin.stop(new AgentFailure('EPIPE', 'The process has closed its stdin.'));
    } else if (kind === Kind.End) this.#startedStream(stream).end();
    else if (kind === Kind.Credit && stream === Stream.Input && payload.length === 4) {
      this.#stdin.credit(payload.readUInt32LE(0));
    } else throw protocolError(`a frame of kind ${kind} that fits no process`);
  }

  gone(error: AgentError): void {
    this.started.reject(error);
    this.#exit.reject(error);
    this.#stdin.stop(error);
    this.#stdout.cut();
    this.#stderr.cut();
  }

  #start(pid: number): void {
    if (this.#pid !== undefined) throw protocolError('a second start of a process');
    this.#pid = pid;
    for (const stream of this.#unusedStreams) stream.end();
    this.started.resolve(this);
  }

  #end(payload: Buffer): void {
    if (this.#pid === undefined || this.#exited) throw protocolError('the end of a process that does not run');
    const [kind, timedOut] = payload;
    const value = payload.readUInt32LE(2);
    this.#exited = true;
    if (this.#sinkFailure !== undefined) this.#exit.reject(this.#sinkFailure.error);
    else if (kind === 0 && value <= 0xff) this.#exit.resolve({ kind: 'exited', code: value });
    else if (kind === 1 && value >= 1 && value <= 0x7f) {
      this.#exit.resolve({ kind: 'signaled', signal: value, timedOut: timedOut === 1 });
    } else throw protocolError('an impossible exit status');
  }

  #startedStream(stream: number): OutputStream {
    if (this.#pid === undefined) throw protocolError('output of a process that has not started');
    if (stream === Stream.Output) return this.#stdout;
    if (stream === Stream.Error) return this.#stderr;
    throw protocolError(`output on stream ${stream}`);
  }

  #outputStream(sink: OutputSink, stream: number): OutputStream {
    return new OutputStream(sink, {
      credit: (bytes) => this.#output.numbers(Kind.Credit, stream, [4, bytes]),
      sinkFailed: (error) => {
        // Output that cannot be kept makes the process's result worthless.
        this.#sinkFailure ??= { error };
        if (!this.#exited) this.signal(SIGKILL);
      },
    });
  }
}
