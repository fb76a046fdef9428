// Volumes: their rows; the files are in `volume-directories.ts`.

import type { Database } from './database.js';

export interface VolumeRecord {
  id: string;
  environmentId: string;
  /** Null for an ephemeral volume. */
  name: string | null;
  version: number;
  createdAt: number;
  expiresAt: number | null;
}

type Row = {
  id: string;
  environment_id: string;
  name: string | null;
  version: number;
  created_at: number;
  expires_at: number | null;
};

export class VolumeRepository {
  constructor(readonly database: Database) {}

  /** False when the environment has a volume of that name. */
  insert(volume: VolumeRecord): boolean {
    const sql =
      'INSERT INTO volumes (id, environment_id, name, version, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) ' +
      'ON CONFLICT (environment_id, name) DO NOTHING';
    const { id, environmentId, name, version, createdAt, expiresAt } = volume;
    return this.database.run(sql, id, environmentId, name, version, createdAt, expiresAt) > 0;
  }

  byName(environmentId: string, name: string): VolumeRecord | undefined {
    const sql = 'SELECT * FROM volumes WHERE environment_id = ? AND name = ?';
    const row = this.database.get<Row>(sql, environmentId, name);
    return row && record(row);
  }

  byId(id: string): VolumeRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM volumes WHERE id = ?', id);
    return row && record(row);
  }

  ids(): string[] {
    return this.database.all<{ id: string }>('SELECT id FROM volumes').map(({ id }) => id);
  }

  /** Ephemeral volumes whose time is over. */
  expired(now: number): VolumeRecord[] {
    return this.database.all<Row>('SELECT * FROM volumes WHERE expires_at <= ?', now).map(record);
  }

  setExpiry(id: string, expiresAt: number): void {
    this.database.run('UPDATE volumes SET expires_at = ? WHERE id = ?', expiresAt, id);
  }

  /** Of every ephemeral one. */
  renew(expiresAt: number): void {
    this.database.run('UPDATE volumes SET expires_at = ? WHERE expires_at IS NOT NULL', expiresAt);
  }

  delete(id: string): boolean {
    return this.database.run('DELETE FROM volumes WHERE id = ?', id) > 0;
  }
}

function record(row: Row): VolumeRecord {
  return {
    id: row.id,
    environmentId: row.environment_id,
    name: row.name,
    version: row.version,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
