import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ephemeralStateDirectory, type EphemeralState } from '../store/state-directory.js';
import type { Creation } from './creation.js';
import { NamedObjects } from './objects.js';
import { EPHEMERAL_SECRET_LIFE } from './secrets.js';
import { REAL_WORLD } from './world.js';

let state: EphemeralState;
let objects: NamedObjects;
let now: number;

const open = () => new NamedObjects(state.paths, { ...REAL_WORLD, now: () => now });

beforeEach(() => {
  now = 1_700_000_000_000;
  state = ephemeralStateDirectory();
  objects = open();
});

afterEach(() => {
  objects[Symbol.dispose]();
  state[Symbol.dispose]();
});

function restart(): void {
  objects[Symbol.dispose]();
  objects = open();
}

const secret = (name: string, env: Record<string, string>, creation: Creation = 'create-if-missing', requiredKeys: string[] = []) =>
  objects.secrets.getOrCreate({ name, environmentName: '', creation, env, requiredKeys });

describe('environments', () => {
  it('have a default that "" names and that is there from the start', () => {
    expect(objects.environments.list().map(({ name }) => name)).toEqual(['main']);
    expect(objects.environments.resolve('').id).toBe(objects.environments.resolve('main').id);
    expect(objects.environments.getOrCreate('', 'lookup').name).toBe('main');
  });

  it('are created once, listed, and deleted', () => {
    objects.environments.create('dev');
    expect(() => objects.environments.create('dev')).toThrow(expect.objectContaining({ code: 'ALREADY_EXISTS', message: "Environment 'dev' already exists" }));
    expect(objects.environments.list().map(({ name }) => name).sort()).toEqual(['dev', 'main']);
    objects.environments.delete('dev');
    expect(() => objects.environments.delete('dev')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: "Environment 'dev' not found" }));
  });

  it('keep the default', () => {
    expect(() => objects.environments.delete('main')).toThrow(expect.objectContaining({ code: 'FAILED_PRECONDITION' }));
    expect(() => objects.environments.create('main')).toThrow(expect.objectContaining({ code: 'ALREADY_EXISTS' }));
  });

  it('that do not exist are named in the refusal', () => {
    expect(() => objects.apps.getOrCreate('a', 'nope', 'create-if-missing')).toThrow("Environment 'nope' not found");
  });

  it('take their objects with them', () => {
    objects.environments.create('dev');
    const app = objects.apps.getOrCreate('a', 'dev', 'create-if-missing');
    objects.environments.delete('dev');
    expect(() => objects.apps.get(app.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it.each(['', ' ', 'a b', 'a/b', 'ä', 'x'.repeat(65), '../x'])('cannot be called %j', (name) => {
    expect(() => objects.environments.create(name)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(JSON.stringify(name)) }));
  });
});

describe('clearing', () => {
  it('leaves nothing of any environment', async () => {
    objects.environments.create('dev');
    const app = objects.apps.getOrCreate('a', '', 'create-if-missing');
    await objects.clear();
    expect(objects.environments.list().map(({ name }) => name)).toEqual(['main']);
    expect(() => objects.apps.get(app.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('apps', () => {
  it('are found again by name, and after a restart', () => {
    const app = objects.apps.getOrCreate('app', '', 'create-if-missing');
    expect(app.id).toMatch(/^ap-[A-Za-z0-9]{22}$/);
    expect(objects.apps.getOrCreate('app', 'main', 'lookup').id).toBe(app.id);
    restart();
    expect(objects.apps.get(app.id)).toEqual(app);
  });

  it('are separate in each environment', () => {
    objects.environments.create('dev');
    const main = objects.apps.getOrCreate('app', '', 'create-if-missing');
    const dev = objects.apps.getOrCreate('app', 'dev', 'create-if-missing');
    expect(dev.id).not.toBe(main.id);
    expect(objects.apps.list('dev').map(({ id }) => id)).toEqual([dev.id]);
  });

  it('that are missing are named', () => {
    expect(() => objects.apps.getOrCreate('nope', '', 'lookup')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: "App 'nope' not found" }));
  });

  it('cannot look like an id', () => {
    expect(() => objects.apps.getOrCreate(`ap-${'x'.repeat(22)}`, '', 'create-if-missing')).toThrow(/shape of an App id/);
  });
});

describe('secrets', () => {
  it('are found by name after a restart and resolved by id', () => {
    const { id } = secret('db', { USER: 'u', PASSWORD: 'p' });
    restart();
    expect(secret('db', {}, 'lookup').id).toBe(id);
    expect(objects.secrets.resolve([{ secretId: id }])).toEqual({ USER: 'u', PASSWORD: 'p' });
  });

  it('tell keys and never values', () => {
    expect(secret('db', { B: 'hidden', A: 'hidden' })).toMatchObject({ name: 'db', environmentName: 'main', keys: ['A', 'B'] });
    expect(JSON.stringify(objects.secrets.list(''))).not.toContain('hidden');
  });

  it('that are missing are named', () => {
    expect(() => secret('nope', {}, 'lookup')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: "Secret 'nope' not found" }));
    expect(() => objects.secrets.resolve([{ secretId: 'st-x' }])).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('lacking a required key are refused, and the key named', () => {
    secret('db', { A: '1' });
    expect(() => secret('db', {}, 'lookup', ['A', 'B', 'C'])).toThrow(
      expect.objectContaining({ code: 'FAILED_PRECONDITION', message: 'Secret is missing key(s): B, C' }),
    );
    expect(() => secret('db', {}, 'lookup', ['toString'])).toThrow('Secret is missing key(s): toString');
  });

  it('of later sources win over earlier ones', () => {
    const a = secret('a', { X: 'a', A: '1' });
    const b = secret('b', { X: 'b' });
    expect(objects.secrets.resolve([{ secretId: a.id }, { secretId: b.id }])).toEqual({ X: 'b', A: '1' });
    expect(objects.secrets.resolve([{ secretId: b.id }, { secretId: a.id }, { env: { A: 'env' } }])).toEqual({ X: 'a', A: 'env' });
  });

  it('are overwritten only when asked', () => {
    const { id } = secret('db', { A: '1' });
    secret('db', { A: '2' });
    expect(objects.secrets.resolve([{ secretId: id }])).toEqual({ A: '1' });
    expect(secret('db', { A: '3' }, 'create-overwrite-if-exists').id).toBe(id);
    expect(objects.secrets.resolve([{ secretId: id }])).toEqual({ A: '3' });
    expect(() => secret('db', {}, 'create-fail-if-exists')).toThrow(expect.objectContaining({ code: 'ALREADY_EXISTS' }));
  });

  it('are gone once deleted', () => {
    const { id } = secret('db', {});
    objects.secrets.delete(id);
    expect(() => secret('db', {}, 'lookup')).toThrow("Secret 'db' not found");
    expect(() => objects.secrets.delete(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('without a name live on as long as they are used', () => {
    const used = secret('', { A: '1' }, 'ephemeral');
    const unused = secret('', { A: '1' }, 'ephemeral');
    now += EPHEMERAL_SECRET_LIFE - 1;
    expect(objects.secrets.resolve([{ secretId: used.id }])).toEqual({ A: '1' });
    now += 1;
    expect(objects.secrets.prune()).toBe(1);
    expect(() => objects.secrets.resolve([{ secretId: unused.id }])).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(objects.secrets.resolve([{ secretId: used.id }])).toEqual({ A: '1' });
    expect(objects.secrets.list('')).toEqual([]);
  });

  it.each([
    ['1A', 'x', /"1A"/],
    ['A-B', 'x', /"A-B"/],
    ['', 'x', /""/],
    ['A', 'a\0b', /NUL/],
    ['A', 'x'.repeat(131_072), /131074 bytes/],
  ])('refuse the variable %j', (key, value, message) => {
    expect(() => secret('db', { [key]: value })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }));
  });
});
