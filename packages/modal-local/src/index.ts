// The engine for programs and test suites: Modal's sandbox API on this machine, for as long as it is wanted.

import { launchEngine } from './launch.js';
import { environmentOf } from './client-environment.js';

export interface LocalModalOptions {
  /** The port on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** A directory to keep images, volumes, secrets and queues in; by default a temporary one that `stop` deletes. */
  stateDir?: string;
  /** What clients must show; random by default. */
  credentials?: { tokenId: string; tokenSecret: string };
  /** Options that this engine cannot honour become warnings instead of errors. Default false. */
  loose?: boolean;
  /** This machine's own files stand in for python, node, debian and ubuntu when their registry cannot be reached. Default true. */
  hostFallback?: boolean;
}

export interface LocalModal extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What a program with Modal's SDK needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where images, volumes, secrets and queues are kept. */
  readonly stateDir: string;
  /** What users should know about this host, a sentence each. */
  readonly warnings: readonly string[];
  /** Ends every sandbox and forgets all that was named; images stay. */
  reset(): Promise<void>;
  /** Ends every sandbox and the engine, and leaves nothing behind. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts an engine in a process of its own. Any number may run at once. It ends with `stop`, or with this program.
 * Needs Linux and root; rejects with an Error that says what is missing.
 */
export async function startLocalModal(options: LocalModalOptions = {}): Promise<LocalModal> {
  const engine = await launchEngine(options);
  return {
    url: `http://127.0.0.1:${engine.port}`,
    env: environmentOf(engine),
    stateDir: engine.stateDir,
    warnings: engine.warnings,
    reset: () => engine.reset(),
    stop: () => engine.stop(),
    [Symbol.asyncDispose]: () => engine.stop(),
  };
}
