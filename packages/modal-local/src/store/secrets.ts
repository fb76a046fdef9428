// Secrets: environment variables under a name, or under an id alone when ephemeral.

import type { Database } from './database.js';
import { openEnv, sealEnv, type Env } from './sealed-env.js';

export interface SecretRecord {
  id: string;
  environmentId: string;
  /** Null for an ephemeral secret. */
  name: string | null;
  env: Env;
  createdAt: number;
  expiresAt: number | null;
}

type Row = {
  id: string;
  environment_id: string;
  name: string | null;
  sealed_env: Buffer;
  created_at: number;
  expires_at: number | null;
};

export class SecretRepository {
  readonly #key: () => Uint8Array;

  /** `key` is called when a secret is first sealed or opened: a state directory without secrets has no key file. */
  constructor(
    readonly database: Database,
    key: () => Uint8Array,
  ) {
    let loaded: Uint8Array | undefined;
    this.#key = () => (loaded ??= key());
  }

  /** False when the environment has a secret of that name. */
  insert(secret: SecretRecord): boolean {
    const sql =
      'INSERT INTO secrets (id, environment_id, name, sealed_env, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) ' +
      'ON CONFLICT (environment_id, name) DO NOTHING';
    const sealed = sealEnv(this.#key(), secret.id, secret.env);
    const { id, environmentId, name, createdAt, expiresAt } = secret;
    return this.database.run(sql, id, environmentId, name, sealed, createdAt, expiresAt) > 0;
  }

  replaceEnv(id: string, env: Env): void {
    this.database.run('UPDATE secrets SET sealed_env = ? WHERE id = ?', sealEnv(this.#key(), id, env), id);
  }

  byName(environmentId: string, name: string): SecretRecord | undefined {
    const sql = 'SELECT * FROM secrets WHERE environment_id = ? AND name = ?';
    const row = this.database.get<Row>(sql, environmentId, name);
    return row && this.#record(row);
  }

  byId(id: string): SecretRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM secrets WHERE id = ?', id);
    return row && this.#record(row);
  }

  /** Named secrets, by name. */
  list(environmentId: string): SecretRecord[] {
    const sql = 'SELECT * FROM secrets WHERE environment_id = ? AND name IS NOT NULL ORDER BY name';
    return this.database.all<Row>(sql, environmentId).map((row) => this.#record(row));
  }

  setExpiry(id: string, expiresAt: number): void {
    this.database.run('UPDATE secrets SET expires_at = ? WHERE id = ?', expiresAt, id);
  }

  /** Of every ephemeral one. */
  renew(expiresAt: number): void {
    this.database.run('UPDATE secrets SET expires_at = ? WHERE expires_at IS NOT NULL', expiresAt);
  }

  delete(id: string): boolean {
    return this.database.run('DELETE FROM secrets WHERE id = ?', id) > 0;
  }

  deleteExpired(now: number): number {
    return this.database.run('DELETE FROM secrets WHERE expires_at <= ?', now);
  }

  #record(row: Row): SecretRecord {
    return {
      id: row.id,
      environmentId: row.environment_id,
      name: row.name,
      env: openEnv(this.#key(), row.id, row.sealed_env),
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    };
  }
}
