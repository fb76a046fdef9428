// The engine for programs and test suites: Modal's sandbox API on this machine, for as long as it is wanted.

import { environmentOf } from './client-environment.js';
import { controlsOf, type LocalModalControls } from './controls.js';
import { launchEngine } from './launch.js';
import type { LocalModalOptions } from './local-modal-options.js';

export type { LocalModalControls } from './controls.js';
export type { EngineErrorCode } from './engine/errors.js';
export type { LocalModalOptions } from './local-modal-options.js';
export type { Fault } from './wire/faults.js';

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
 * Needs Linux and root; rejects with an Error that says what is missing, with a TypeError for a wrong option, with the reason of `signal`.
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
