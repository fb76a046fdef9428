// An engine's process, seen from the program that started it.

import type { ChildProcess } from 'node:child_process';

import type { EngineAction } from './engine-controls.js';
import type { FromEngine, ToEngine } from './engine-messages.js';
import type { Credentials } from './wire/auth.js';

/** After it an engine that does not stop is killed; its containers end with it. */
const STOP_TIMEOUT_MS = 15_000;

export class LaunchedEngine implements AsyncDisposable {
  readonly port: number;
  /** Where clients reach it. */
  readonly clientUrl: string;
  readonly credentials: Credentials;
  readonly stateDir: string;
  /** Certificate of the authority that vouches for `https` tunnels. */
  readonly authorityPath: string;
  /** What users should know about this host. */
  readonly warnings: readonly string[];
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (now: number) => void; reject: (error: Error) => void }>();
  #calls = 0;
  #holds = 0;
  #stopping: Promise<void> | undefined;

  constructor(child: ChildProcess, facts: Pick<LaunchedEngine, 'port' | 'clientUrl' | 'stateDir' | 'authorityPath' | 'warnings' | 'credentials'>) {
    this.port = facts.port;
    this.clientUrl = facts.clientUrl;
    this.stateDir = facts.stateDir;
    this.authorityPath = facts.authorityPath;
    this.warnings = facts.warnings;
    this.credentials = facts.credentials;
    this.#child = child;
    this.ended = whenEnded(child);
    child.on('message', (message: FromEngine) => this.#answer(message));
    void this.ended.then(() => this.#refuseAll());
    // A program that is done may end without stopping its engine: the engine notices and stops by itself.
    child.unref();
    child.channel?.unref();
  }

  /** Answers with the engine's time, in milliseconds since 1970. Rejects with a sentence that says what is wrong. */
  perform(action: EngineAction): Promise<number> {
    return this.#heldOpen(
      () =>
        new Promise((resolve, reject) => {
          if (hasEnded(this.#child)) return reject(new Error('The engine has ended'));
          const call = (this.#calls += 1);
          this.#pending.set(call, { resolve, reject });
          send(this.#child, { kind: 'perform', call, action });
        }),
    );
  }

  /** Idempotent. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#heldOpen(() => stopEngine(this.#child)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #answer(message: FromEngine): void {
    if (message.kind !== 'done' && message.kind !== 'refused') return;
    const caller = this.#pending.get(message.call);
    this.#pending.delete(message.call);
    if (message.kind === 'done') caller?.resolve(message.now);
    else caller?.reject(new Error(message.message));
  }

  #refuseAll(): void {
    for (const { reject } of this.#pending.values()) reject(new Error('The engine has ended'));
    this.#pending.clear();
  }

  /** The program does not end while one of its calls waits. */
  async #heldOpen<T>(action: () => Promise<T>): Promise<T> {
    this.#holds += 1;
    this.#child.ref();
    this.#child.channel?.ref();
    try {
      return await action();
    } finally {
      this.#holds -= 1;
      if (this.#holds === 0) {
        this.#child.unref();
        this.#child.channel?.unref();
      }
    }
  }
}

/** Resolves when it has ended; one that is still starting first finishes that. */
export async function stopEngine(child: ChildProcess): Promise<void> {
  const ended = whenEnded(child);
  send(child, { kind: 'stop' });
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

export function send(child: ChildProcess, message: ToEngine): void {
  // A process that has just gone is noticed by its exit.
  if (child.connected) child.send(message, () => undefined);
}

/** Also when it could not be started at all. */
function whenEnded(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('exit', () => resolve()).once('error', () => resolve());
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
