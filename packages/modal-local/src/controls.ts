// What a test suite may do to an engine: move its clock on, break calls, take a sandbox's machine away.

import type { LaunchedEngine } from './launched-engine.js';
import type { Fault } from './wire/faults.js';

export interface LocalModalControls {
  /** The engine's time: creation dates, time-outs and lifetimes go by it. */
  now(): Promise<Date>;
  /**
   * Moves the engine's clock on, at once: whatever falls due meanwhile happens, in order (time-outs, idle time-outs, expiry
   * of queues, ephemeral objects and finished sandboxes). Long polls and time limits of commands go by the machine's clock.
   * Resolves with the new time.
   */
  advance(milliseconds: number): Promise<Date>;
  /** Makes calls late, fail, or lose their answer. Faults add up; of several for one call the first one injected strikes. */
  inject(fault: Fault): Promise<void>;
  /** Takes every fault back. */
  clearFaults(): Promise<void>;
  /** Ends a sandbox as Modal's scheduler does when it needs the machine: killed at once, `wait()` is 137. */
  preempt(sandbox: string | { readonly sandboxId: string }): Promise<void>;
}

export function controlsOf(engine: Pick<LaunchedEngine, 'perform'>): LocalModalControls {
  const advance = async (milliseconds: number) => new Date(await engine.perform({ name: 'advance', milliseconds }));
  return {
    now: () => advance(0),
    advance,
    async inject(fault) {
      await engine.perform({ name: 'inject', fault });
    },
    async clearFaults() {
      await engine.perform({ name: 'clearFaults' });
    },
    async preempt(sandbox) {
      await engine.perform({ name: 'preempt', sandboxId: typeof sandbox === 'string' ? sandbox : sandbox.sandboxId });
    },
  };
}
