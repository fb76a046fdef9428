// The image builds of an engine: those that run, and the newest of those that are over, for clients that ask late.

import type { BuildJob } from './build-job.js';

/** Of the builds that are over. */
const KEPT = 64;
/** Of what they said, together. */
const KEPT_CHARACTERS = 16 * 1024 * 1024;

export class Builds {
  readonly #running = new Map<string, BuildJob>();
  /** Oldest first. */
  readonly #finished = new Map<string, BuildJob>();

  /** The build of an image, over or not; undefined when there was none, or it ended long ago. */
  get(imageId: string): BuildJob | undefined {
    return this.#running.get(imageId) ?? this.#finished.get(imageId);
  }

  running(imageId: string): BuildJob | undefined {
    return this.#running.get(imageId);
  }

  /** Makes room for another build of an image whose build is being cancelled. */
  async untilStopped(imageId: string): Promise<void> {
    const job = this.#running.get(imageId);
    if (job?.stopping === true) await job.done;
  }

  add(job: BuildJob): void {
    this.#running.set(job.imageId, job);
    void job.done.then(() => this.#finish(job));
  }

  /** Cancels the build of an image, or forgets the one that is over; whether one ran. */
  delete(imageId: string): boolean {
    this.#finished.delete(imageId);
    const job = this.#running.get(imageId);
    job?.cancel('The image was deleted while it was built');
    return job !== undefined;
  }

  /** Ends those that run. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const job of running) job.cancel('The engine is stopping');
    await Promise.all(running.map((job) => job.done));
  }

  /** As `close`, and forgets those that are over. */
  async reset(): Promise<void> {
    await this.close();
    this.#finished.clear();
  }

  #finish(job: BuildJob): void {
    this.#running.delete(job.imageId);
    this.#finished.delete(job.imageId);
    this.#finished.set(job.imageId, job);
    let characters = [...this.#finished.values()].reduce((sum, { log }) => sum + log.characters, 0);
    for (const [id, { log }] of this.#finished) {
      if (this.#finished.size <= KEPT && characters <= KEPT_CHARACTERS) return;
      characters -= log.characters;
      this.#finished.delete(id);
    }
  }
}
