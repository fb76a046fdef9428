import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from './database.js';
import { EnvironmentRepository } from './environments.js';
import { loadSecretKey } from './secret-key.js';
import { SecretRepository } from './secrets.js';

let directory: string;
let keyPath: string;
let database: Database;
let secrets: SecretRepository;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-test-'));
  keyPath = join(directory, 'secrets.key');
  database = Database.open(join(directory, 'state.db'));
  new EnvironmentRepository(database).insert({ id: 'en-1', name: 'main', createdAt: 1 });
  secrets = new SecretRepository(database, () => loadSecretKey(keyPath));
});

afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true, force: true });
});

const secret = (id: string, name: string | null, env: Record<string, string>, expiresAt: number | null = null) => ({
  id,
  environmentId: 'en-1',
  name,
  env,
  createdAt: 1,
  expiresAt,
});

describe('secrets at rest', () => {
  it('come back as they were set, in another process too', () => {
    secrets.insert(secret('st-1', 'db', { PASSWORD: 'ünïcode \n"quoted"' }));
    const later = new SecretRepository(database, () => loadSecretKey(keyPath));
    expect(later.byName('en-1', 'db')?.env).toEqual({ PASSWORD: 'ünïcode \n"quoted"' });
  });

  it('are not readable in any file but the key', () => {
    secrets.insert(secret('st-1', 'db', { PASSWORD_KEY: 'hunter2hunter2' }));
    for (const file of readdirSync(directory)) {
      const bytes = readFileSync(join(directory, file)).toString('latin1');
      expect(bytes).not.toContain('hunter2');
      expect(bytes).not.toContain('PASSWORD_KEY');
    }
  });

  it('use a key file of mode 0600, and leave no other file behind', () => {
    secrets.insert(secret('st-1', 'db', {}));
    expect(statSync(keyPath).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.startsWith('secrets.key'))).toEqual(['secrets.key']);
  });

  it('do not open with another key', () => {
    secrets.insert(secret('st-1', 'db', { A: '1' }));
    rmSync(keyPath);
    const later = new SecretRepository(database, () => loadSecretKey(keyPath));
    expect(() => later.byId('st-1')).toThrow(/does not open with this state directory's secrets.key/);
  });

  it('do not open under the id of another secret', () => {
    secrets.insert(secret('st-1', 'a', { A: '1' }));
    secrets.insert(secret('st-2', 'b', { A: '2' }));
    database.run("UPDATE secrets SET sealed_env = (SELECT sealed_env FROM secrets WHERE id = 'st-1') WHERE id = 'st-2'");
    expect(() => secrets.byId('st-2')).toThrow(/does not open/);
  });

  it('refuse a key that others can read, is a symlink, or has the wrong length', () => {
    writeFileSync(keyPath, Buffer.alloc(32));
    chmodSync(keyPath, 0o644);
    expect(() => loadSecretKey(keyPath)).toThrow(/FIX: chmod 600/);
    chmodSync(keyPath, 0o600);
    expect(loadSecretKey(keyPath)).toHaveLength(32);
    symlinkSync(keyPath, join(directory, 'link'));
    expect(() => loadSecretKey(join(directory, 'link'))).toThrow(/regular file/);
    writeFileSync(keyPath, 'short');
    expect(() => loadSecretKey(keyPath)).toThrow(/holds 5 bytes/);
  });

  it('list named ones only, and drop those that have expired', () => {
    secrets.insert(secret('st-1', 'b', {}));
    secrets.insert(secret('st-2', 'a', {}));
    secrets.insert(secret('st-3', null, {}, 100));
    secrets.insert(secret('st-4', null, {}, 200));
    expect(secrets.list('en-1').map(({ name }) => name)).toEqual(['a', 'b']);
    expect(secrets.deleteExpired(150)).toBe(1);
    expect(secrets.byId('st-3')).toBeUndefined();
    expect(secrets.byId('st-4')).toBeDefined();
  });
});
