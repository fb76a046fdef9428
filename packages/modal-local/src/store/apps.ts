// Apps: what sandboxes belong to.

import type { Database } from './database.js';

export interface AppRecord {
  id: string;
  environmentId: string;
  name: string;
  createdAt: number;
}

type Row = { id: string; environment_id: string; name: string; created_at: number };

export class AppRepository {
  constructor(readonly database: Database) {}

  /** False when the environment has an app of that name. */
  insert(app: AppRecord): boolean {
    const sql =
      'INSERT INTO apps (id, environment_id, name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (environment_id, name) DO NOTHING';
    return this.database.run(sql, app.id, app.environmentId, app.name, app.createdAt) > 0;
  }

  byName(environmentId: string, name: string): AppRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM apps WHERE environment_id = ? AND name = ?', environmentId, name);
    return row && record(row);
  }

  byId(id: string): AppRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM apps WHERE id = ?', id);
    return row && record(row);
  }

  /** Newest first. */
  list(environmentId: string): AppRecord[] {
    const sql = 'SELECT * FROM apps WHERE environment_id = ? ORDER BY created_at DESC, name';
    return this.database.all<Row>(sql, environmentId).map(record);
  }
}

function record(row: Row): AppRecord {
  return { id: row.id, environmentId: row.environment_id, name: row.name, createdAt: row.created_at };
}
