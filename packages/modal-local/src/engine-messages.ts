// What a program and its engine's process tell each other.

import type { EngineAction, TestSettings } from './engine-controls.js';
import type { Credentials } from './wire/auth.js';

export interface EngineSettings {
  /** 0 takes a free port. */
  port: number;
  credentials: Credentials;
  /** Undefined keeps everything in a temporary directory. */
  stateDir?: string;
  loose: boolean;
  /** GiB that a sandbox may write; 0 is without limit. */
  diskGiB: number;
  /** This machine's own files stand in for well-known images whose registry cannot be reached. */
  hostFallback: boolean;
  /** Where clients reach the engine, when not at its own port: `https://HOST:PORT`. */
  advertised?: string;
  test: TestSettings;
}

export type ToEngine = { kind: 'start'; settings: EngineSettings } | { kind: 'perform'; call: number; action: EngineAction } | { kind: 'stop' };

export type FromEngine =
  | { kind: 'ready'; port: number; stateDir: string; authorityPath: string; warnings: string[] }
  /** The engine cannot start; its process ends. */
  | { kind: 'failed'; message: string }
  /** With the engine's time, in milliseconds since 1970. */
  | { kind: 'done'; call: number; now: number }
  | { kind: 'refused'; call: number; message: string }
  | { kind: 'stopped' };
