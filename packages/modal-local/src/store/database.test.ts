import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database, NewerStateError } from './database.js';
import { SCHEMA_STEPS } from './schema.js';
import { StateError } from './state-error.js';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-test-'));
  path = join(directory, 'state.db');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const addEnvironment = 'INSERT INTO environments (id, name, created_at) VALUES (?, ?, 1)';

describe('the database of a state directory', () => {
  it('keeps rows from one opening to the next', () => {
    const first = Database.open(path);
    first.run(addEnvironment, 'en-1', 'main');
    first.close();
    using second = Database.open(path);
    expect(second.get('SELECT id, name FROM environments')).toEqual({ id: 'en-1', name: 'main' });
  });

  it('is readable by its owner alone', () => {
    using database = Database.open(path);
    database.run(addEnvironment, 'en-1', 'main');
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('refuses a file of a newer schema, saying what to do, and leaves it as it is', () => {
    const newer = new Libsql(path);
    newer.pragma(`user_version = ${SCHEMA_STEPS.length + 1}`);
    newer.close();
    expect(() => Database.open(path)).toThrow(NewerStateError);
    expect(() => Database.open(path)).toThrow(/Upgrade @computesdk\/modal-local/);
    const after = new Libsql(path);
    expect(after.prepare("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'").all()).toEqual([{ n: 0 }]);
    after.close();
  });

  it('undoes every change of a transaction that throws', () => {
    using database = Database.open(path);
    expect(() =>
      database.transaction(() => {
        database.run(addEnvironment, 'en-1', 'one');
        database.transaction(() => database.run(addEnvironment, 'en-2', 'two'));
        throw new Error('changed my mind');
      }),
    ).toThrow('changed my mind');
    expect(database.all('SELECT * FROM environments')).toEqual([]);
  });

  it('shows a change of one connection to another at once', () => {
    using engine = Database.open(path);
    using commandLine = Database.open(path);
    expect(engine.all('SELECT * FROM environments')).toEqual([]);
    commandLine.run(addEnvironment, 'en-1', 'main');
    expect(engine.all('SELECT name FROM environments')).toEqual([{ name: 'main' }]);
  });

  it('says what to do when the disk is full, and goes on when there is room again', () => {
    using database = Database.open(path);
    const limit = (pages: number) => database.get(`PRAGMA max_page_count = ${pages}`);
    limit(60);
    const grow = () => database.run(addEnvironment, 'en-large', 'x'.repeat(1_000_000));
    expect(grow).toThrow(StateError);
    expect(grow).toThrow(/state\.db could not grow: the disk is full/);
    limit(10_000);
    expect(grow()).toBe(1);
  });

  it('says what to do with a file that is no database', () => {
    writeFileSync(path, 'this is not a database, although it is longer than a header of one would be. '.repeat(10));
    expect(() => Database.open(path)).toThrow(/state\.db is not a database: restore it/);
  });

  it('gives BLOBs as buffers', () => {
    using database = Database.open(path);
    const row = database.get<{ value: Buffer }>('SELECT ? AS value', Buffer.from([0, 1, 255]));
    expect(row?.value).toEqual(Buffer.from([0, 1, 255]));
  });

  it('deletes what an environment holds with it', () => {
    using database = Database.open(path);
    database.run(addEnvironment, 'en-1', 'main');
    database.run("INSERT INTO apps (id, environment_id, name, created_at) VALUES ('ap-1', 'en-1', 'a', 1)");
    database.run("DELETE FROM environments WHERE id = 'en-1'");
    expect(database.all('SELECT * FROM apps')).toEqual([]);
  });
});
