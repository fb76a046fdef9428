// What is known about a sandbox.

import type { Runtime } from './command-options.js';

export type SandboxStatus = 'running' | 'stopped' | 'error';

/** Facts about a sandbox, as the provider holds them. */
export interface SandboxInfo {
  id: string;
  /** The same as `id`. */
  sandboxId: string;
  /** The provider's name. */
  provider: string;
  /** What `runCode` runs when the code does not tell. */
  runtime: Runtime;
  /** `stopped` ended as asked or at its time limit; `error` ended by a failure. */
  status: SandboxStatus;
  createdAt: Date;
  /** Longest life in milliseconds. */
  timeout: number;
  /** When `timeout` ends the sandbox, where the provider tells. */
  expiresAt?: Date;
  /** Name given at creation. */
  name?: string;
  tags?: Record<string, string>;
  metadata?: Record<string, unknown>;
}
