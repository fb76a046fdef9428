// What a connection knows of each process and dial: it routes frames by id, and each checks that they fit its state.

import type { AgentError } from './errors.js';
import type { Frame } from './frames.js';

export interface Channel {
  /** Whether the agent may forget the id now. */
  readonly isOver: boolean;
  data(stream: number, bytes: Buffer): void;
  /** Throws a protocol error for a frame that does not fit. */
  frame(frame: Frame): void;
  /** The connection is gone. */
  gone(error: AgentError): void;
}

/** Sends frames for one id; frames sent after the connection has gone are dropped. */
export interface ChannelOutput {
  data(bytes: Uint8Array): void;
  end(): void;
  numbers(kind: number, stream: number, ...numbers: [2 | 4, number][]): void;
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A promise whose rejection nobody needs to await. */
export function defer<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
