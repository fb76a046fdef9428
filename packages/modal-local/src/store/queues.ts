// Queues: their rows; the items are in `queue-items.ts`.

import type { Database } from './database.js';

export interface QueueRecord {
  id: string;
  environmentId: string;
  /** Null for an ephemeral queue. */
  name: string | null;
  createdAt: number;
  expiresAt: number | null;
}

type Row = { id: string; environment_id: string; name: string | null; created_at: number; expires_at: number | null };

export class QueueRepository {
  constructor(readonly database: Database) {}

  /** False when the environment has a queue of that name. */
  insert(queue: QueueRecord): boolean {
    const sql =
      'INSERT INTO queues (id, environment_id, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?) ' +
      'ON CONFLICT (environment_id, name) DO NOTHING';
    const { id, environmentId, name, createdAt, expiresAt } = queue;
    return this.database.run(sql, id, environmentId, name, createdAt, expiresAt) > 0;
  }

  byName(environmentId: string, name: string): QueueRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM queues WHERE environment_id = ? AND name = ?', environmentId, name);
    return row && record(row);
  }

  byId(id: string): QueueRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM queues WHERE id = ?', id);
    return row && record(row);
  }

  setExpiry(id: string, expiresAt: number): void {
    this.database.run('UPDATE queues SET expires_at = ? WHERE id = ?', expiresAt, id);
  }

  /** Of every ephemeral one. */
  renew(expiresAt: number): void {
    this.database.run('UPDATE queues SET expires_at = ? WHERE expires_at IS NOT NULL', expiresAt);
  }

  /** Removes the queue and its items. */
  delete(id: string): boolean {
    return this.database.run('DELETE FROM queues WHERE id = ?', id) > 0;
  }

  deleteExpired(now: number): number {
    return this.database.run('DELETE FROM queues WHERE expires_at <= ?', now);
  }
}

function record(row: Row): QueueRecord {
  return {
    id: row.id,
    environmentId: row.environment_id,
    name: row.name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
