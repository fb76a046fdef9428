// Queues: first in, first out, in partitions that expire. They outlive the engine.

import type { QueueItemRepository } from '../store/queue-items.js';
import type { QueueRecord, QueueRepository } from '../store/queues.js';
import { EPHEMERAL_LIFE, getOrCreate, notFound, type Creation } from './creation.js';
import type { Environments } from './environments.js';
import { EngineError } from './errors.js';
import { mintId } from './mint-id.js';
import { checkObjectName, checkPartitionKey, quote } from './object-names.js';
import { WaitingRoom } from './waiting-room.js';
import type { World } from './world.js';

/** Modal's documented limits. */
export const QUEUE_LIMITS = { items: 5_000, partitions: 100_000, valueBytes: 1024 * 1024 } as const;
const DEFAULT_TTL_SECONDS = 24 * 60 * 60;
const MAX_TTL_SECONDS = 7 * DEFAULT_TTL_SECONDS;
/** One answer holds at most this much, well within a message. */
const READ_BYTES = 32 * 1024 * 1024;
const PAGE_ITEMS = 100;

export type Queue = QueueRecord;

export interface QueueRequest {
  /** Ignored for an ephemeral queue. */
  name: string;
  environmentName: string;
  creation: Creation;
}

export interface Wait {
  /** Milliseconds; 0 answers at once. */
  milliseconds: number;
  signal?: AbortSignal;
}

export interface QueueEntry {
  value: Buffer;
  entryId: string;
}

export class Queues {
  readonly #waiting = new WaitingRoom();

  constructor(
    private readonly repository: QueueRepository,
    private readonly items: QueueItemRepository,
    private readonly environments: Environments,
    private readonly world: World,
  ) {}

  /** Throws NOT_FOUND, ALREADY_EXISTS or INVALID_ARGUMENT. */
  getOrCreate({ name, environmentName, creation }: QueueRequest): Queue {
    const environment = this.environments.resolve(environmentName);
    if (creation === 'ephemeral') return this.#createEphemeral(environment.id);
    checkObjectName('Queue', name);
    return getOrCreate(creation, {
      kind: 'Queue',
      name,
      find: () => this.repository.byName(environment.id, name),
      create: () => this.#insert(environment.id, name),
    });
  }

  /** Keeps an ephemeral queue for another `EPHEMERAL_LIFE`. Throws NOT_FOUND. */
  heartbeat(id: string): void {
    if (this.#get(id).expiresAt !== null) this.repository.setExpiry(id, this.world.now() + EPHEMERAL_LIFE);
  }

  /** Callers that wait for an item get NOT_FOUND. Throws NOT_FOUND. */
  delete(id: string): void {
    if (!this.repository.delete(id)) throw notFound('Queue', id);
    this.#waiting.callAll((key) => key.startsWith(`${id}/`));
  }

  /**
   * Appends all values or none, and lets the partition live for `ttlSeconds` from now (0: a day; at most 7).
   * Throws NOT_FOUND, INVALID_ARGUMENT, and RESOURCE_EXHAUSTED when the partition is full.
   */
  put(id: string, partition: Uint8Array, values: readonly Uint8Array[], ttlSeconds: number): void {
    checkTtl(ttlSeconds);
    checkValues(values);
    this.#open(id, partition);
    if (values.length === 0) return;
    const expiresAt = this.world.now() + (ttlSeconds || DEFAULT_TTL_SECONDS) * 1_000;
    const refusal = this.items.put(id, partition, values, expiresAt, QUEUE_LIMITS);
    if (refusal !== undefined) {
      const what = refusal === 'items' ? `a partition holds at most ${QUEUE_LIMITS.items} items` : `at most ${QUEUE_LIMITS.partitions} partitions`;
      throw new EngineError('RESOURCE_EXHAUSTED', `Queue ${id} is full: ${what}. Take items out, or try again later`);
    }
    this.#waiting.call(waitKey(id, partition));
  }

  /** Removes and returns up to `count` items, waiting for the first one. Empty when the time is over. */
  async take(id: string, partition: Uint8Array, count: number, wait: Wait): Promise<Buffer[]> {
    if (count < 1) throw new EngineError('INVALID_ARGUMENT', `Invalid number of values ${count}: it must be at least 1`);
    return await this.#poll(id, partition, wait, () => this.items.take(id, partition, { items: count, bytes: READ_BYTES }));
  }

  /** A page of items after `lastEntryId` ('' for the first), waiting for one. They stay in the queue. */
  async next(id: string, partition: Uint8Array, lastEntryId: string, wait: Wait): Promise<QueueEntry[]> {
    const last = parseEntryId(lastEntryId);
    const items = await this.#poll(id, partition, wait, () =>
      this.items.after(id, partition, last, { items: PAGE_ITEMS, bytes: READ_BYTES }),
    );
    return items.map(({ entry, value }) => ({ value, entryId: String(entry) }));
  }

  /** Of one partition, or of all when `partition` is undefined. */
  length(id: string, partition: Uint8Array | undefined): number {
    this.#open(id, partition);
    return partition === undefined ? this.items.totalLength(id) : this.items.length(id, partition);
  }

  /** One partition, or all when `partition` is undefined. */
  clear(id: string, partition: Uint8Array | undefined): void {
    this.#open(id, partition);
    if (partition === undefined) this.items.clearAll(id);
    else this.items.clear(id, partition);
  }

  /** Gives every ephemeral one a whole life from now. */
  renew(): void {
    this.repository.renew(this.world.now() + EPHEMERAL_LIFE);
  }

  /** Deletes ephemeral queues without a heartbeat; returns how many. */
  prune(): number {
    return this.repository.deleteExpired(this.world.now());
  }

  async #poll<T>(id: string, partition: Uint8Array, { milliseconds, signal }: Wait, read: () => T[]): Promise<T[]> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      this.#open(id, partition);
      const found = read();
      const left = deadline - performance.now();
      if (found.length > 0 || left <= 0) return found;
      await this.#waiting.wait(waitKey(id, partition), left, signal);
    }
  }

  #open(id: string, partition: Uint8Array | undefined): void {
    if (partition !== undefined) checkPartitionKey(partition);
    this.#get(id);
    this.items.deleteExpired(id, this.world.now());
  }

  #get(id: string): Queue {
    const queue = this.repository.byId(id);
    if (queue === undefined) throw notFound('Queue', id);
    return queue;
  }

  #createEphemeral(environmentId: string): Queue {
    const now = this.world.now();
    const queue = { id: mintId(this.world, 'qu'), environmentId, name: null, createdAt: now, expiresAt: now + EPHEMERAL_LIFE };
    this.repository.insert(queue);
    return queue;
  }

  #insert(environmentId: string, name: string): Queue | undefined {
    const queue = { id: mintId(this.world, 'qu'), environmentId, name, createdAt: this.world.now(), expiresAt: null };
    return this.repository.insert(queue) ? queue : undefined;
  }
}

function waitKey(id: string, partition: Uint8Array): string {
  return `${id}/${Buffer.from(partition).toString('hex')}`;
}

function parseEntryId(text: string): number {
  if (text === '') return 0;
  if (!/^[0-9]{1,15}$/.test(text)) throw new EngineError('INVALID_ARGUMENT', `Invalid last entry id ${quote(text)}: send one that an earlier answer held`);
  return Number(text);
}

function checkTtl(seconds: number): void {
  if (seconds >= 0 && seconds <= MAX_TTL_SECONDS) return;
  throw new EngineError('INVALID_ARGUMENT', `Invalid partition TTL of ${seconds} s: it must be at most ${MAX_TTL_SECONDS} s (7 days)`);
}

// A put that could never succeed is a mistake, and must not look like a full queue: clients retry that for ever.
function checkValues(values: readonly Uint8Array[]): void {
  if (values.length > QUEUE_LIMITS.items) {
    throw new EngineError('INVALID_ARGUMENT', `${values.length} items in one put: a partition holds at most ${QUEUE_LIMITS.items}`);
  }
  const tooLarge = values.find((value) => value.length > QUEUE_LIMITS.valueBytes);
  if (tooLarge === undefined) return;
  throw new EngineError('INVALID_ARGUMENT', `An item of ${tooLarge.length} bytes: a queue takes at most ${QUEUE_LIMITS.valueBytes} bytes an item`);
}
