// The engine for programs and test suites: Modal's sandbox API on this machine, for as long as it is wanted.

import { environmentOf } from './client-environment.js';
import { controlsOf, type LocalModalControls } from './controls.js';
import { launchEngine } from './launch.js';
import type { Fault } from './wire/faults.js';

export type { LocalModalControls } from './controls.js';
export type { EngineErrorCode } from './engine/errors.js';
export type { Fault } from './wire/faults.js';

export interface LocalModalOptions {
  /** The port on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** A directory to keep images, volumes, secrets and queues in; by default a temporary one that `stop` deletes. */
  stateDir?: string;
  /** What clients must show; random by default. */
  credentials?: { tokenId: string; tokenSecret: string };
  /** Options that this engine cannot honour become warnings instead of errors. Default false. */
  loose?: boolean;
  /** GiB that a sandbox may write before it meets ENOSPC; 0 is without limit. Default 20. */
  diskGiB?: number;
  /** This machine's own files stand in for python, node, debian and ubuntu when their registry cannot be reached. Default true. */
  hostFallback?: boolean;
  /**
   * Where clients reach the engine when it is behind a proxy or a forwarded port, `http://HOST:PORT`: what `env` names, and
   * where the engine sends clients for a sandbox's data. Modal's SDK speaks plaintext only to localhost and 127.0.0.1.
   */
  advertisedUrl?: string;
  /** For tests: ids, and which calls a fault strikes, are the same in each run that makes the same calls in the same order. */
  seed?: string | number;
  /**
   * For tests: the engine's clock stands still at this time and moves only by `controls.advance`. Without it the clock is the machine's.
   * A number is milliseconds since 1970.
   */
  now?: Date | number;
  /** For tests: faults that strike from the first call on. */
  faults?: readonly Fault[];
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
  /** For tests: time, faults, preemption. */
  readonly controls: LocalModalControls;
  /** Ends every sandbox, forgets all that was named and every fault; images, URL and token stay. */
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
    controls: controlsOf(engine),
    reset: async () => void (await engine.perform({ name: 'reset' })),
    stop: () => engine.stop(),
    [Symbol.asyncDispose]: () => engine.stop(),
  };
}
