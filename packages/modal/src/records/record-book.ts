// Modal keeps snapshots and built images but lists neither. What was made is noted in a Modal queue that nobody empties, one
// note a line; a deletion is a note, too. Every process that uses the app reads the same notes.

import type { Queue } from 'modal';

import type { Place, Workspace } from '../client/workspace.js';
import { fromModal } from '../errors/from-modal.js';
import { omitUndefined } from '../options/omit-undefined.js';

/** Modal forgets a partition this long after its last note: the longest time that it takes. */
const keptMs = 7 * 24 * 3600 * 1000;

/** One note. */
export interface Note {
  id: string;
  name?: string | undefined;
  sandboxId?: string | undefined;
  /** Milliseconds since 1970. */
  createdAt: number;
  metadata?: Record<string, unknown> | undefined;
}

export class RecordBook {
  readonly #workspace: Workspace;
  readonly #place: Place;
  readonly #partition: string;

  constructor(workspace: Workspace, place: Place, partition: 'snapshots' | 'templates') {
    this.#workspace = workspace;
    this.#place = place;
    this.#partition = partition;
  }

  async add(note: Note): Promise<void> {
    await this.#put(JSON.stringify(note));
  }

  /** Notes that `id` is gone. */
  async strike(id: string): Promise<void> {
    await this.#put(JSON.stringify({ struck: id }));
  }

  /** What was noted and not struck, newest first. */
  async notes(): Promise<Note[]> {
    const found = new Map<string, Note>();
    const queue = await this.#queue();
    for await (const line of queue.iterate({ partition: this.#partition, itemPollTimeoutMs: 0 })) {
      const entry: unknown = JSON.parse(String(line));
      if (isStruck(entry)) found.delete(entry.struck);
      else if (isNote(entry)) found.set(entry.id, entry);
    }
    return [...found.values()].sort((a, b) => b.createdAt - a.createdAt);
  }

  async #put(line: string): Promise<void> {
    const queue = await this.#queue();
    await queue.put(line, { partition: this.#partition, partitionTtlMs: keptMs });
  }

  async #queue(): Promise<Queue> {
    const { appName, environment } = this.#place;
    try {
      return await this.#workspace.client().queues.fromName(`${appName}-records`, { createIfMissing: true, ...omitUndefined({ environment }) });
    } catch (error) {
      throw fromModal(error);
    }
  }
}

function isStruck(entry: unknown): entry is { struck: string } {
  return typeof entry === 'object' && entry !== null && 'struck' in entry;
}

function isNote(entry: unknown): entry is Note {
  return typeof entry === 'object' && entry !== null && 'id' in entry && 'createdAt' in entry;
}
