// Images after each step of a build, by what the step depends on.

import type { ImageConfig, RootImage } from '../images/driver.js';
import type { Database } from './database.js';

type Row = { key: string; layers: string; config: string; host: number; used_at: number };

export interface BuildStepRecord extends RootImage {
  key: string;
  usedAt: number;
}

export class BuildStepRepository {
  constructor(readonly database: Database) {}

  byKey(key: string): BuildStepRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM build_steps WHERE key = ?', key);
    return row && record(row);
  }

  put({ key, layers, config, host, usedAt }: BuildStepRecord): void {
    const sql =
      'INSERT INTO build_steps (key, layers, config, host, used_at) VALUES (?, ?, ?, ?, ?) ' +
      'ON CONFLICT (key) DO UPDATE SET layers = excluded.layers, config = excluded.config, host = excluded.host, used_at = excluded.used_at';
    this.database.run(sql, key, JSON.stringify(layers), JSON.stringify(config), host ? 1 : 0, usedAt);
  }

  setUsed(key: string, usedAt: number): void {
    this.database.run('UPDATE build_steps SET used_at = ? WHERE key = ?', usedAt, key);
  }

  list(): BuildStepRecord[] {
    return this.database.all<Row>('SELECT * FROM build_steps ORDER BY used_at').map(record);
  }

  delete(key: string): boolean {
    return this.database.run('DELETE FROM build_steps WHERE key = ?', key) > 0;
  }
}

function record(row: Row): BuildStepRecord {
  return { key: row.key, layers: JSON.parse(row.layers) as string[], config: JSON.parse(row.config) as ImageConfig, host: row.host !== 0, usedAt: row.used_at };
}
