// One build of one image: what it says, and how it ends.

import { BuildError } from '../../images/build/instruction.js';
import type { RootImage } from '../../images/driver.js';
import { ImageError } from '../../images/image-error.js';
import { LayerError } from '../../images/layers/layer-error.js';
import { diskFull } from '../../runtime/host/disk-full.js';
import { EngineError } from '../errors.js';
import { BuildLog } from './build-log.js';

export type BuildResult = { status: 'success' } | { status: 'failure' | 'internal-failure' | 'terminated'; exception: string };

export class BuildJob {
  readonly log: BuildLog;
  readonly warnings: string[] = [];
  /** Never rejects. */
  readonly done: Promise<BuildResult>;
  #result: BuildResult | undefined;
  readonly #abort = new AbortController();

  /** `finish` keeps the image before anyone hears of it. */
  constructor(
    readonly imageId: string,
    now: () => number,
    build: (job: BuildJob, signal: AbortSignal) => Promise<RootImage>,
    finish: (image: RootImage) => void,
  ) {
    this.log = new BuildLog(now);
    this.done = this.#run(build, finish);
  }

  /** Undefined while it runs. */
  get result(): BuildResult | undefined {
    return this.#result;
  }

  warn(warning: string): void {
    if (this.warnings.includes(warning)) return;
    this.warnings.push(warning);
    this.log.line(`Warning: ${warning}`);
  }

  cancel(): void {
    this.#abort.abort(new Error('The engine is stopping'));
  }

  async #run(build: (job: BuildJob, signal: AbortSignal) => Promise<RootImage>, finish: (image: RootImage) => void): Promise<BuildResult> {
    try {
      // The job is whole before its first line runs.
      await Promise.resolve();
      finish(await build(this, this.#abort.signal));
      this.#result = { status: 'success' };
    } catch (error) {
      this.#result = this.#abort.signal.aborted ? { status: 'terminated', exception: 'The engine is stopping' } : failure(error);
      this.log.line(`Failed: ${this.#result.status === 'success' ? '' : this.#result.exception}`);
    }
    this.log.end();
    return this.#result;
  }
}

function failure(error: unknown): BuildResult {
  const full = diskFull(error);
  if (full !== undefined) return { status: 'failure', exception: full };
  const expected = error instanceof BuildError || error instanceof ImageError || error instanceof LayerError || error instanceof EngineError;
  return { status: expected ? 'failure' : 'internal-failure', exception: error instanceof Error ? error.message : String(error) };
}
