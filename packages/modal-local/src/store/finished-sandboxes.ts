// What is left of a sandbox that has ended, so that its result can be asked for after a restart of the engine.

import type { Database } from './database.js';

export interface FinishedSandboxRecord {
  id: string;
  taskId: string;
  appId: string;
  name: string | null;
  tags: Readonly<Record<string, string>>;
  createdAt: number;
  finishedAt: number;
  status: string;
  exitCode: number;
  /** A sentence for the user; empty when there is nothing to say. */
  exception: string;
}

type Row = { id: string; app_id: string; name: string | null; created_at: number; finished_at: number; record: string };
/** What no query asks for. */
type Rest = Pick<FinishedSandboxRecord, 'taskId' | 'tags' | 'status' | 'exitCode' | 'exception'>;

export class FinishedSandboxRepository {
  constructor(readonly database: Database) {}

  insert(sandbox: FinishedSandboxRecord): void {
    const { id, appId, name, createdAt, finishedAt, ...rest } = sandbox;
    const sql =
      'INSERT OR REPLACE INTO finished_sandboxes (id, app_id, name, created_at, finished_at, record) VALUES (?, ?, ?, ?, ?, ?)';
    this.database.run(sql, id, appId, name, createdAt, finishedAt, JSON.stringify(rest));
  }

  byId(id: string): FinishedSandboxRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM finished_sandboxes WHERE id = ?', id);
    return row && toRecord(row);
  }

  /** The one of that name that finished last. */
  byName(appId: string, name: string): FinishedSandboxRecord | undefined {
    const sql = 'SELECT * FROM finished_sandboxes WHERE app_id = ? AND name = ? ORDER BY finished_at DESC LIMIT 1';
    const row = this.database.get<Row>(sql, appId, name);
    return row && toRecord(row);
  }

  /** Newest creation first, strictly before `before`. */
  list(before: number, limit: number): FinishedSandboxRecord[] {
    const sql = 'SELECT * FROM finished_sandboxes WHERE created_at < ? ORDER BY created_at DESC LIMIT ?';
    return this.database.all<Row>(sql, before, limit).map(toRecord);
  }

  deleteFinishedBefore(time: number): number {
    return this.database.run('DELETE FROM finished_sandboxes WHERE finished_at < ?', time);
  }
}

function toRecord(row: Row): FinishedSandboxRecord {
  return {
    id: row.id,
    appId: row.app_id,
    name: row.name,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    ...(JSON.parse(row.record) as Rest),
  };
}
