import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NamedObjects } from '../engine/objects.js';
import { ephemeralStateDirectory, type EphemeralState } from '../store/state-directory.js';
import { run as proxies } from './proxies.js';
import { run as prune } from './prune.js';
import { run as secrets } from './secrets.js';
import { UsageError } from './usage-error.js';

let state: EphemeralState;
let printed: string[];
let where: string[];

beforeEach(() => {
  state = ephemeralStateDirectory();
  where = ['--state-dir', state.paths.root];
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  state[Symbol.dispose]();
});

const resolved = (name: string, environmentName = '') => {
  using objects = new NamedObjects(state.paths);
  const { id } = objects.secrets.getOrCreate({ name, environmentName, creation: 'lookup', env: {}, requiredKeys: [] });
  return objects.secrets.resolve([{ secretId: id }]);
};

describe('modal-local secrets', () => {
  it('sets what an engine on the directory serves', async () => {
    expect(await secrets(['set', 'db', 'USER=u', 'URL=a=b', 'EMPTY=', ...where])).toBe(0);
    expect(resolved('db')).toEqual({ USER: 'u', URL: 'a=b', EMPTY: '' });
  });

  it('shows a running engine the change', async () => {
    using objects = new NamedObjects(state.paths);
    await secrets(['set', 'db', 'A=1', ...where]);
    expect(objects.secrets.list('')).toMatchObject([{ name: 'db', keys: ['A'] }]);
  });

  it('replaces the whole secret', async () => {
    await secrets(['set', 'db', 'A=1', 'B=2', ...where]);
    await secrets(['set', 'db', 'A=3', ...where]);
    expect(resolved('db')).toEqual({ A: '3' });
  });

  it('takes the value of a bare key from the environment', async () => {
    vi.stubEnv('FROM_SHELL', 'hidden');
    await secrets(['set', 'db', 'FROM_SHELL', ...where]);
    expect(resolved('db')).toEqual({ FROM_SHELL: 'hidden' });
    await expect(secrets(['set', 'db', 'NOT_SET_ANYWHERE', ...where])).rejects.toThrow(UsageError);
  });

  it('works in a named environment, which it creates', async () => {
    await secrets(['set', 'db', 'A=1', '--environment', 'dev', ...where]);
    expect(resolved('db', 'dev')).toEqual({ A: '1' });
    await expect(secrets(['rm', 'db', ...where])).rejects.toThrow("Secret 'db' not found");
  });

  it('lists names and keys, never values', async () => {
    await secrets(['set', 'db', 'PASSWORD=hunter2', ...where]);
    printed = [];
    await secrets(['list', ...where]);
    await secrets(['list', '--json', ...where]);
    expect(printed[0]).toMatch(/^NAME\s+KEYS\s+CREATED\ndb\s+PASSWORD/);
    expect(JSON.parse(printed[1] ?? '')).toMatchObject([{ name: 'db', keys: ['PASSWORD'], environmentName: 'main' }]);
    expect(printed.join()).not.toContain('hunter2');
  });

  it('removes', async () => {
    await secrets(['set', 'db', 'A=1', ...where]);
    await secrets(['rm', 'db', ...where]);
    expect(() => resolved('db')).toThrow("Secret 'db' not found");
  });

  it.each([[[]], [['set']], [['set', 'db']], [['rm']], [['rm', 'a', 'b']], [['list', 'x']], [['frob']]])('says how it is used: %j', async (args) => {
    await expect(secrets([...args, ...where])).rejects.toThrow(UsageError);
  });

  it('refuses a bad key before it changes anything', async () => {
    await expect(secrets(['set', 'db', '1A=x', ...where])).rejects.toThrow(/"1A"/);
    expect(() => resolved('db')).toThrow("Secret 'db' not found");
  });
});

describe('modal-local proxies', () => {
  it('adds, lists and removes', async () => {
    await proxies(['add', 'p', ...where]);
    printed = [];
    await proxies(['list', '--json', ...where]);
    expect(JSON.parse(printed[0] ?? '')).toMatchObject([{ name: 'p', environmentName: 'main', id: expect.stringMatching(/^pr-/) }]);
    await expect(proxies(['add', 'p', ...where])).rejects.toThrow(/already exists/);
    await proxies(['rm', 'p', ...where]);
    await expect(proxies(['rm', 'p', ...where])).rejects.toThrow("Proxy 'p' not found");
  });
});

describe('modal-local prune', () => {
  it('says what it deleted', async () => {
    await prune(where);
    await prune(['--json', ...where]);
    expect(printed).toEqual([
      'Deleted 0 secrets, 0 queues, 0 volumes, 0 sandboxes, 0 images, 0 layers (0.0 MB).',
      '{"secrets":0,"queues":0,"volumes":0,"sandboxes":0,"images":0,"layers":0,"bytes":0}',
    ]);
  });
});
