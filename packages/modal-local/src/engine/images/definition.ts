// What a caller asks of an image build.

import type { Env } from '../secrets.js';

export interface ImageDefinition {
  environmentId: string;
  commands: readonly string[];
  /** Images that FROM may name by these tags. */
  bases: readonly { tag: string; imageId: string }[];
  /** Secrets of this layer, resolved: visible to its RUN steps only. */
  env: Env;
  buildArgs: Readonly<Record<string, string>>;
  registry: { kind: 'none' } | { kind: 'static' | 'aws' | 'gcp'; env: Env };
  builderVersion: string;
  force: boolean;
}
