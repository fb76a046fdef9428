// A TCP connection to a port of the container's loopback, as a stream.

import { Duplex } from 'node:stream';
import { getSystemErrorName } from 'node:util';

import type { Channel, ChannelOutput } from './channel.js';
import { defer } from './channel.js';
import { AgentError, protocolError } from './errors.js';
import type { Frame } from './frames.js';
import { Kind, Stream } from './frames.js';
import { InputStream } from './input-stream.js';
import { OutputStream } from './output-stream.js';

const MAX_ERRNO = 4095;

export class DialledSocket extends Duplex implements Channel {
  readonly connected = defer<Duplex>();
  readonly #port: number;
  readonly #output: ChannelOutput;
  readonly #input: InputStream;
  readonly #incoming: OutputStream;
  #state: 'connecting' | 'open' | 'failed' | 'closing' = 'connecting';
  #wake: (() => void) | undefined;

  constructor(port: number, output: ChannelOutput) {
    super({ allowHalfOpen: true });
    this.#port = port;
    this.#output = output;
    this.#input = new InputStream(output);
    this.#incoming = new OutputStream(
      { write: (chunk) => this.#deliver(chunk), end: () => void this.push(null) },
      {
        credit: (bytes) => output.numbers(Kind.Credit, Stream.Output, [4, bytes]),
        sinkFailed: (error) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      },
    );
  }

  get isOver(): boolean {
    if (this.#state === 'open') return this.#input.over && this.#incoming.ended;
    return this.#state !== 'connecting';
  }

  data(stream: number, bytes: Buffer): void {
    this.#check(stream === Stream.Output, 'data before the connection stands');
    if (this.#state === 'open') this.#incoming.receive(bytes);
  }

  frame({ kind, stream, payload }: Frame): void {
    if (kind === Kind.Connected && payload.length === 0 && this.#state !== 'failed') this.#connect();
    else if (kind === Kind.Failed && payload.length === 4 && this.#state !== 'failed') this.#fail(payload.readUInt32LE(0));
    else if (kind === Kind.End && payload.length === 0) this.#end(stream);
    else if (kind === Kind.Credit && stream === Stream.Input && payload.length === 4) {
      this.#check(true, 'credit before the connection stands');
      if (!this.#input.over) this.#input.credit(payload.readUInt32LE(0));
    } else throw protocolError(`a frame of kind ${kind} that fits no connection`);
  }

  gone(error: AgentError): void {
    this.#state = 'failed';
    this.connected.reject(error);
    this.destroy(error);
  }

  override _read(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#input.write(chunk).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.#input.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.isOver) {
      this.#state = 'closing';
      this.#output.numbers(Kind.Close, 0);
    }
    this.#input.stop(new AgentError('EPIPE', 'The connection has been destroyed.'));
    this.#wake?.();
    done(error);
  }

  #connect(): void {
    if (this.#state === 'open') throw protocolError('a second start of a connection');
    if (this.#state === 'closing') return;
    this.#state = 'open';
    this.connected.resolve(this);
  }

  #fail(errno: number): void {
    if (errno < 1 || errno > MAX_ERRNO) throw protocolError(`the impossible errno ${errno}`);
    const name = getSystemErrorName(-errno);
    const error =
      name === 'ECONNREFUSED'
        ? new AgentError('ECONNREFUSED', `Nothing listens on port ${this.#port} in the sandbox: start a server there first.`)
        : new AgentError('CONNECTION_FAILED', `The connection to port ${this.#port} in the sandbox failed (${name}).`);
    if (this.#state === 'connecting') this.connected.reject(error);
    this.#state = 'failed';
    this.#input.stop(error);
    this.destroy(error);
  }

  #end(stream: number): void {
    this.#check(stream === Stream.Input || stream === Stream.Output, 'the end of a connection that does not stand');
    if (this.#state !== 'open') return;
    if (stream === Stream.Output) this.#incoming.end();
    else if (this.#input.over) throw protocolError('a second end of a stream');
    else this.#input.stop(new AgentError('EPIPE', 'The server in the sandbox has stopped reading.'));
  }

  #check(fits: boolean, otherwise: string): void {
    if (!fits || this.#state === 'connecting' || this.#state === 'failed') throw protocolError(otherwise);
  }

  #deliver(chunk: Buffer): undefined | Promise<void> {
    if (this.destroyed || this.push(chunk)) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
