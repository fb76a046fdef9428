// One SQLite file a state directory: every change is a transaction, and a second process (the command line) may write
// while an engine serves, which is why nothing above caches rows.

import { closeSync, openSync } from 'node:fs';
import Libsql from 'libsql';
import { SCHEMA_STEPS } from './schema.js';
import { StateError } from './state-error.js';

export type SqlValue = string | number | null | Uint8Array;

/** How long a writer waits for another process's transaction, in milliseconds. */
const BUSY_TIMEOUT = 5_000;

/** What SQLite finds wrong with the world outside, by its code. */
const TROUBLES = new Map([
  ['SQLITE_FULL', 'could not grow: the disk is full. Free space and try again.'],
  ['SQLITE_IOERR', 'could not be read or written: see what the kernel says about its disk.'],
  ['SQLITE_READONLY', 'is read-only: make it writable for this user.'],
  ['SQLITE_BUSY', `stayed locked by another process for ${BUSY_TIMEOUT / 1_000} s. Try again.`],
  ['SQLITE_CORRUPT', 'is damaged: restore it from a backup, or start with another state directory.'],
  ['SQLITE_NOTADB', 'is not a database: restore it from a backup, or start with another state directory.'],
]);

export class NewerStateError extends StateError {
  override readonly name = 'NewerStateError';
  constructor(
    readonly path: string,
    readonly found: number,
    readonly understood: number,
  ) {
    super(
      `${path} was written by a newer modal-local (schema ${found}; this one understands ${understood}). ` +
        'Upgrade @computesdk/modal-local, or choose another --state-dir.',
    );
  }
}

/** A row's columns by name. BLOBs are `Buffer` in either case; the driver gives two types for them. */
type Row = Record<string, SqlValue>;

export class Database implements Disposable {
  readonly #connection: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();

  private constructor(readonly path: string) {
    this.#connection = new Libsql(path);
  }

  /** Opens the file, readable by its owner alone, creating or upgrading it. Throws `NewerStateError`. */
  static open(path: string): Database {
    closeSync(openSync(path, 'a', 0o600));
    const database = new Database(path);
    try {
      database.#told(() => database.#prepare());
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  }

  #prepare(): void {
    this.#connection.pragma(`busy_timeout = ${BUSY_TIMEOUT}`);
    this.#connection.pragma('journal_mode = WAL');
    this.#connection.pragma('synchronous = NORMAL');
    this.#connection.pragma('foreign_keys = ON');
    this.transaction(() => {
      const version = Number(this.get<{ user_version: number }>('PRAGMA user_version')?.user_version);
      if (version > SCHEMA_STEPS.length) throw new NewerStateError(this.path, version, SCHEMA_STEPS.length);
      for (const step of SCHEMA_STEPS.slice(version)) this.#connection.exec(step);
      this.#connection.pragma(`user_version = ${SCHEMA_STEPS.length}`);
    });
  }

  /** Runs one statement that changes rows; returns how many. */
  run(sql: string, ...values: SqlValue[]): number {
    return this.#told(() => this.#statement(sql).run(values).changes);
  }

  /** The first row, whose columns the type argument names. */
  get<T extends Row>(sql: string, ...values: SqlValue[]): T | undefined {
    return this.all<T>(sql, ...values)[0];
  }

  all<T extends Row>(sql: string, ...values: SqlValue[]): T[] {
    const rows = this.#told(() => this.#statement(sql).all(values));
    return rows.map((row) => withBuffers(row as Record<string, SqlValue | ArrayBuffer>) as T);
  }

  /** Makes `change` atomic; it holds the write lock from its start. A transaction inside another joins it. */
  transaction<T>(change: () => T): T {
    if (this.#connection.inTransaction) return change();
    return this.#told(() => this.#transact(change));
  }

  #transact<T>(change: () => T): T {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself when the disk is full.
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  #told<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      const message = error instanceof Libsql.SqliteError ? TROUBLES.get(primaryCode(error.code)) : undefined;
      if (message === undefined) throw error;
      throw new StateError(`${this.path} ${message}`, { cause: error });
    }
  }

  close(): void {
    if (!this.#connection.open) return;
    this.#statements.clear();
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // Values are bound as one array: the driver takes a lone BLOB for named parameters, and aborts the process.
  #statement(sql: string): Libsql.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** `SQLITE_IOERR` of `SQLITE_IOERR_WRITE`. */
function primaryCode(code: string): string {
  return code.split('_', 2).join('_');
}

function withBuffers(row: Record<string, SqlValue | ArrayBuffer>): Row {
  const out: Row = {};
  for (const [column, value] of Object.entries(row)) {
    out[column] = value instanceof ArrayBuffer ? Buffer.from(value) : value;
  }
  return out;
}
