// The items of queues, by partition. A partition is there while it has items and its time is not over.

import type { Database } from './database.js';

export interface QueueItem {
  /** Grows with every put, over all queues. */
  entry: number;
  value: Buffer;
}

export interface PartitionLimits {
  items: number;
  partitions: number;
}

/** Which limit a put would break. */
export type PutRefusal = keyof PartitionLimits;

/** What one call may read. */
export interface ReadLimits {
  items: number;
  bytes: number;
}

export class QueueItemRepository {
  constructor(readonly database: Database) {}

  /** Appends all values or none; the partition then lives until `expiresAt`. Returns the limit in the way, if any. */
  put(queueId: string, key: Uint8Array, values: readonly Uint8Array[], expiresAt: number, limits: PartitionLimits): PutRefusal | undefined {
    return this.database.transaction(() => {
      const held = this.length(queueId, key);
      if (held + values.length > limits.items) return 'items';
      if (held === 0 && this.#partitions(queueId) >= limits.partitions) return 'partitions';
      const touch =
        'INSERT INTO queue_partitions (queue_id, key, expires_at) VALUES (?, ?, ?) ' +
        'ON CONFLICT (queue_id, key) DO UPDATE SET expires_at = excluded.expires_at';
      this.database.run(touch, queueId, key, expiresAt);
      const append = 'INSERT INTO queue_items (queue_id, partition_key, value) VALUES (?, ?, ?)';
      for (const value of values) this.database.run(append, queueId, key, value);
      return undefined;
    });
  }

  /** Removes and returns the oldest items: at least one, if there is any, within `limits`. */
  take(queueId: string, key: Uint8Array, limits: ReadLimits): Buffer[] {
    return this.database.transaction(() => {
      const items = this.after(queueId, key, 0, limits);
      const last = items.at(-1);
      if (last === undefined) return [];
      this.database.run('DELETE FROM queue_items WHERE queue_id = ? AND partition_key = ? AND entry <= ?', queueId, key, last.entry);
      if (this.length(queueId, key) === 0) this.clear(queueId, key);
      return items.map(({ value }) => value);
    });
  }

  /** The items that came after `entry`, oldest first; they stay. */
  after(queueId: string, key: Uint8Array, entry: number, limits: ReadLimits): QueueItem[] {
    const sizes = this.database.all<{ entry: number; bytes: number }>(
      'SELECT entry, length(value) AS bytes FROM queue_items WHERE queue_id = ? AND partition_key = ? AND entry > ? ORDER BY entry LIMIT ?',
      queueId,
      key,
      entry,
      limits.items,
    );
    let bytes = 0;
    const fitting = sizes.filter((item, index) => (bytes += item.bytes) <= limits.bytes || index === 0);
    const sql = 'SELECT entry, value FROM queue_items WHERE queue_id = ? AND partition_key = ? AND entry > ? ORDER BY entry LIMIT ?';
    return this.database.all<{ entry: number; value: Buffer }>(sql, queueId, key, entry, fitting.length);
  }

  length(queueId: string, key: Uint8Array): number {
    const sql = 'SELECT count(*) AS n FROM queue_items WHERE queue_id = ? AND partition_key = ?';
    return this.database.get<{ n: number }>(sql, queueId, key)?.n ?? 0;
  }

  totalLength(queueId: string): number {
    return this.database.get<{ n: number }>('SELECT count(*) AS n FROM queue_items WHERE queue_id = ?', queueId)?.n ?? 0;
  }

  clear(queueId: string, key: Uint8Array): void {
    this.database.run('DELETE FROM queue_partitions WHERE queue_id = ? AND key = ?', queueId, key);
  }

  clearAll(queueId: string): void {
    this.database.run('DELETE FROM queue_partitions WHERE queue_id = ?', queueId);
  }

  deleteExpired(queueId: string, now: number): void {
    this.database.run('DELETE FROM queue_partitions WHERE queue_id = ? AND expires_at <= ?', queueId, now);
  }

  #partitions(queueId: string): number {
    return this.database.get<{ n: number }>('SELECT count(*) AS n FROM queue_partitions WHERE queue_id = ?', queueId)?.n ?? 0;
  }
}
