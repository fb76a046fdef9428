// The engine's end of the socket to the agent that is PID 1 in a container. Whatever the agent sends that does not fit
// closes the connection: its container is not to be trusted with anything more.

import type { Duplex } from 'node:stream';

import type { Channel, ChannelOutput } from './channel.js';
import { defer } from './channel.js';
import type { AgentConnection, AgentProcess, OutputSink, ProcessSpec } from './connection.js';
import { DialledSocket } from './dialled-socket.js';
import { AgentError, protocolError } from './errors.js';
import { FrameDecoder } from './frame-decoder.js';
import type { Frame } from './frames.js';
import { encodeHeader, encodeNumbers, HEADER_SIZE, Kind, Stream, VERSION } from './frames.js';
import { RemoteProcess } from './process.js';
import { encodeStart } from './start-request.js';

const MAX_ID = 0xffff_ffff;
/** Payloads up to this size are copied behind their header, which is cheaper than two buffers in one system call. */
const SMALL_PAYLOAD = 4096;

/** Takes over a connected socket, such as the fourth `stdio` entry of a spawned OCI runtime. */
export function connectAgent(socket: Duplex): AgentConnection {
  return new Connection(socket);
}

class Connection implements AgentConnection {
  readonly #socket: Duplex;
  readonly #channels = new Map<number, Channel>();
  readonly #ready = defer<void>();
  readonly #closed = defer<void>();
  #greeted = false;
  #lastId = 0;
  #failure: AgentError | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    const decoder = new FrameDecoder({
      data: (id, stream, bytes) => this.#channel(id).data(stream, bytes),
      frame: (frame) => this.#receive(frame),
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.#failure !== undefined) return;
      try {
        decoder.push(chunk);
      } catch (error) {
        this.#fail(error instanceof AgentError ? error : protocolError(`it led to ${String(error)}`));
      }
    });
    socket.on('error', (cause: Error) => this.#fail(gone(`its socket failed: ${cause.message}`, cause)));
    socket.on('end', () => this.#fail(gone(decoder.isBetweenFrames ? 'it closed its socket' : 'it ended within a frame')));
    socket.on('close', () => {
      this.#fail(gone('its socket was closed'));
      this.#closed.resolve();
    });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async start(spec: ProcessSpec, output: { stdout: OutputSink; stderr: OutputSink }): Promise<AgentProcess> {
    const payload = encodeStart(spec);
    const id = this.#takeId();
    const process = new RemoteProcess(spec, output, this.#output(id));
    this.#channels.set(id, process);
    this.#send(Kind.Start, 0, id, payload);
    return process.started.promise;
  }

  async dial(port: number, options: { signal?: AbortSignal } = {}): Promise<Duplex> {
    if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
      throw new AgentError('INVALID_ARGUMENT', `A port is a number from 1 to 65535, got ${port}.`);
    }
    const { signal } = options;
    signal?.throwIfAborted();
    const id = this.#takeId();
    const socket = new DialledSocket(port, this.#output(id));
    this.#channels.set(id, socket);
    // A failed dial rejects the promise; its stream has no user yet who could hear of it.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    this.#write(encodeNumbers(Kind.Dial, 0, id, [2, port]));

    const abort = (): void => {
      socket.connected.reject(signal?.reason);
      socket.destroy();
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await socket.connected.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      socket.off('error', ignore);
    }
  }

  close(): void {
    this.#fail(gone('the engine closed the connection'));
  }

  #receive(frame: Frame): void {
    if (!this.#greeted) return this.#greet(frame);
    const channel = this.#channel(frame.id);
    if (frame.kind !== Kind.Released) return channel.frame(frame);
    if (!channel.isOver) throw protocolError('the release of an id that is in use');
    this.#channels.delete(frame.id);
  }

  #greet({ kind, payload }: Frame): void {
    if (kind !== Kind.Hello || payload.length !== 4) throw protocolError('no greeting');
    const version = payload.readUInt32LE(0);
    if (version !== VERSION) {
      throw protocolError(`it speaks version ${version}, this engine ${VERSION}; build the agent and the engine together`);
    }
    this.#greeted = true;
    this.#ready.resolve();
  }

  #channel(id: number): Channel {
    const channel = this.#channels.get(id);
    if (channel === undefined) throw protocolError(`a frame for id ${id}, which is not in use`);
    return channel;
  }

  #takeId(): number {
    if (this.#failure !== undefined) throw this.#failure;
    do this.#lastId = this.#lastId === MAX_ID ? 1 : this.#lastId + 1;
    while (this.#channels.has(this.#lastId));
    return this.#lastId;
  }

  #output(id: number): ChannelOutput {
    return {
      data: (bytes) => this.#send(Kind.Data, Stream.Input, id, bytes),
      end: () => this.#write(encodeHeader(Kind.End, Stream.Input, id, 0)),
      numbers: (kind, stream, ...numbers) => this.#write(encodeNumbers(kind, stream, id, ...numbers)),
    };
  }

  #send(kind: number, stream: number, id: number, payload: Uint8Array): void {
    const header = encodeHeader(kind, stream, id, payload.length);
    if (payload.length <= SMALL_PAYLOAD) return this.#write(Buffer.concat([header, payload], HEADER_SIZE + payload.length));
    this.#socket.cork();
    this.#write(header);
    this.#write(payload);
    this.#socket.uncork();
  }

  #write(bytes: Uint8Array): void {
    if (this.#failure === undefined) this.#socket.write(bytes);
  }

  #fail(error: AgentError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#ready.reject(error);
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    this.#socket.destroy();
    for (const channel of channels) channel.gone(error);
  }
}

function gone(how: string, cause?: Error): AgentError {
  return new AgentError('AGENT_GONE', `The agent of the container has gone: ${how}.`, cause && { cause });
}
