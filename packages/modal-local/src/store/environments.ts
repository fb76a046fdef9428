// Environments: the namespaces that every named object lives in.

import type { Database } from './database.js';

export interface EnvironmentRecord {
  id: string;
  name: string;
  createdAt: number;
}

type Row = { id: string; name: string; created_at: number };

export class EnvironmentRepository {
  constructor(readonly database: Database) {}

  /** False when the name is taken. */
  insert(environment: EnvironmentRecord): boolean {
    const { id, name, createdAt } = environment;
    const sql = 'INSERT INTO environments (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING';
    return this.database.run(sql, id, name, createdAt) > 0;
  }

  byName(name: string): EnvironmentRecord | undefined {
    return toRecord(this.database.get<Row>('SELECT * FROM environments WHERE name = ?', name));
  }

  byId(id: string): EnvironmentRecord | undefined {
    return toRecord(this.database.get<Row>('SELECT * FROM environments WHERE id = ?', id));
  }

  /** Oldest first. */
  list(): EnvironmentRecord[] {
    return this.database.all<Row>('SELECT * FROM environments ORDER BY created_at, name').map(record);
  }

  /** Removes every object in it but the names of images. */
  empty(id: string): void {
    this.database.transaction(() => {
      for (const table of ['apps', 'secrets', 'volumes', 'queues', 'proxies']) {
        this.database.run(`DELETE FROM ${table} WHERE environment_id = ?`, id);
      }
    });
  }

  /** Removes it and every object in it. False when there was none. */
  delete(id: string): boolean {
    return this.database.run('DELETE FROM environments WHERE id = ?', id) > 0;
  }
}

function toRecord(row: Row | undefined): EnvironmentRecord | undefined {
  return row && record(row);
}

function record(row: Row): EnvironmentRecord {
  return { id: row.id, name: row.name, createdAt: row.created_at };
}
