// One build of one image: what it says, who waits for it, and how it ends.

import { BuildError } from '../../images/build/instruction.js';
import type { RootImage } from '../../images/driver.js';
import { ImageError } from '../../images/image-error.js';
import { LayerError } from '../../images/layers/layer-error.js';
import { diskFull } from '../../runtime/host/disk-full.js';
import { Activity } from '../activity.js';
import { EngineError } from '../errors.js';
import type { World } from '../world.js';
import { BuildLog } from './build-log.js';

/** Clients that lose their connection come back, and a program that is started again joins the build that it left. */
export const UNWATCHED_MS = 5 * 60_000;
/** Of any build: a command that waits for ever must not hold its client for ever. */
export const LONGEST_MS = 4 * 60 * 60_000;

export type BuildResult = { status: 'success' } | { status: 'failure' | 'internal-failure' | 'terminated' | 'timeout'; exception: string };

export class BuildJob {
  readonly log: BuildLog;
  readonly warnings: string[] = [];
  /** Never rejects. */
  readonly done: Promise<BuildResult>;
  #result: BuildResult | undefined;
  #stopped: BuildResult | undefined;
  readonly #abort = new AbortController();
  readonly #watchers: Activity;
  readonly #callOffTimeout: () => void;

  /** `finish` keeps the image before anyone hears of it. */
  constructor(
    readonly imageId: string,
    world: Pick<World, 'now' | 'after'>,
    build: (job: BuildJob, signal: AbortSignal) => Promise<RootImage>,
    finish: (image: RootImage) => void,
  ) {
    this.log = new BuildLog(() => world.now());
    this.#watchers = new Activity(world, UNWATCHED_MS, () => this.cancel(`Nobody waited for the build for ${UNWATCHED_MS / 60_000} minutes`));
    this.#callOffTimeout = world.after(LONGEST_MS, () => this.#stop({ status: 'timeout', exception: `The build took longer than ${LONGEST_MS / 3_600_000} hours` }));
    this.done = this.#run(build, finish);
  }

  /** Undefined while it runs. */
  get result(): BuildResult | undefined {
    return this.#result;
  }

  /** It will not succeed any more, although its processes may live for another instant. */
  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  warn(warning: string): void {
    if (this.warnings.includes(warning)) return;
    this.warnings.push(warning);
    this.log.line(`Warning: ${warning}`);
  }

  /** Somebody waits for it until the returned function is called. */
  watch(): () => void {
    return this.#watchers.begin();
  }

  /** Returns at once; `done` tells when nothing of it runs any more. Does nothing to a build that is over. */
  cancel(exception: string): void {
    this.#stop({ status: 'terminated', exception });
  }

  #stop(result: BuildResult & { exception: string }): void {
    if (this.#result !== undefined || this.#stopped !== undefined) return;
    this.#stopped = result;
    this.#abort.abort(new Error(result.exception));
  }

  async #run(build: (job: BuildJob, signal: AbortSignal) => Promise<RootImage>, finish: (image: RootImage) => void): Promise<BuildResult> {
    try {
      // The job is whole before its first line runs.
      await Promise.resolve();
      const image = await build(this, this.#abort.signal);
      this.#abort.signal.throwIfAborted();
      finish(image);
      this.#result = { status: 'success' };
    } catch (error) {
      this.#result = this.#stopped ?? failure(error);
      this.log.line(`Failed: ${this.#result.status === 'success' ? '' : this.#result.exception}`);
    }
    this.#watchers.stop();
    this.#callOffTimeout();
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
