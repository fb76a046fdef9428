// What a program and its engine's process tell each other.

import type { Credentials } from './wire/auth.js';

export interface EngineSettings {
  /** 0 takes a free port. */
  port: number;
  credentials: Credentials;
  /** Undefined keeps everything in a temporary directory. */
  stateDir?: string;
  loose: boolean;
  /** This machine's own files stand in for well-known images whose registry cannot be reached. */
  hostFallback: boolean;
}

export type ToEngine = { kind: 'start'; settings: EngineSettings } | { kind: 'reset'; call: number } | { kind: 'stop' };

export type FromEngine =
  | { kind: 'ready'; port: number; stateDir: string; authorityPath: string; warnings: string[] }
  /** The engine cannot start; its process ends. */
  | { kind: 'failed'; message: string }
  | { kind: 'done'; call: number; error?: string }
  | { kind: 'stopped' };
