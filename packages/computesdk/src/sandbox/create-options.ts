// What a sandbox is created with. Providers narrow these and add their own.

import type { CallOptions } from './call-options.js';

/** Options of `sandbox.create`. One that the provider cannot honour is an error. */
export interface CreateSandboxOptions extends CallOptions {
  /** Default language of `runCode`, and of the image when `image` is not given. */
  runtime?: string | undefined;
  /** Registry reference, or an image object of the provider. */
  image?: string | object | undefined;
  /** Longest life in milliseconds. */
  timeout?: number | undefined;
  /** Unique name of the sandbox. */
  name?: string | undefined;
  /** Labels to find the sandbox by. */
  tags?: Record<string, string> | undefined;
  /** Facts to keep with the sandbox. */
  metadata?: Record<string, unknown> | undefined;
  /** Environment variables of every process in the sandbox. */
  env?: Record<string, string> | undefined;
  /** The same as `env`, under its other name. */
  envs?: Record<string, string> | undefined;
  /** Ports to reach from outside through `getUrl`. */
  ports?: readonly number[] | undefined;
  /** CPU cores, fractions allowed. */
  cpu?: number | undefined;
  /** MiB. */
  memory?: number | undefined;
  /** GPU kind, with a count where the provider takes one: `T4`, `A100:2`. */
  gpu?: string | undefined;
  /** Template or image id to start from. */
  templateId?: string | undefined;
  /** Snapshot id to start from. */
  snapshotId?: string | undefined;
  /** Further options of the provider. */
  [option: string]: unknown;
}
