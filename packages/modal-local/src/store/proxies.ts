// Proxies: names that a program may look up. On one machine there is no static address behind them.

import type { Database } from './database.js';

export interface ProxyRecord {
  id: string;
  environmentId: string;
  name: string;
  createdAt: number;
}

type Row = { id: string; environment_id: string; name: string; created_at: number };

export class ProxyRepository {
  constructor(readonly database: Database) {}

  /** False when the environment has a proxy of that name. */
  insert(proxy: ProxyRecord): boolean {
    const sql =
      'INSERT INTO proxies (id, environment_id, name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (environment_id, name) DO NOTHING';
    return this.database.run(sql, proxy.id, proxy.environmentId, proxy.name, proxy.createdAt) > 0;
  }

  byName(environmentId: string, name: string): ProxyRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM proxies WHERE environment_id = ? AND name = ?', environmentId, name);
    return row && record(row);
  }

  byId(id: string): ProxyRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM proxies WHERE id = ?', id);
    return row && record(row);
  }

  /** By name. */
  list(environmentId: string): ProxyRecord[] {
    return this.database.all<Row>('SELECT * FROM proxies WHERE environment_id = ? ORDER BY name', environmentId).map(record);
  }

  delete(id: string): boolean {
    return this.database.run('DELETE FROM proxies WHERE id = ?', id) > 0;
  }
}

function record(row: Row): ProxyRecord {
  return { id: row.id, environmentId: row.environment_id, name: row.name, createdAt: row.created_at };
}
