import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_IMAGE_CONFIG } from '../images/driver.js';
import { Database } from './database.js';
import { EnvironmentRepository } from './environments.js';
import { FinishedSandboxRepository } from './finished-sandboxes.js';
import { ImageRepository } from './images.js';
import { ephemeralStateDirectory, type EphemeralState } from './state-directory.js';

let state: EphemeralState;
let database: Database;

beforeEach(() => {
  state = ephemeralStateDirectory();
  database = Database.open(state.paths.database);
  new EnvironmentRepository(database).insert({ id: 'en-1', name: 'main', createdAt: 1 });
});

afterEach(() => {
  database.close();
  state[Symbol.dispose]();
});

describe('images', () => {
  const image = (id: string, contentKey: string | null = null) => ({
    id,
    contentKey,
    source: 'FROM x',
    layers: ['a', 'b'],
    config: { ...EMPTY_IMAGE_CONFIG, cmd: ['python3'] },
    host: false,
    createdAt: 1,
    usedAt: 1,
    expiresAt: null,
  });

  it('come back as they were stored', () => {
    const images = new ImageRepository(database);
    images.insert(image('im-1', 'sha256:x'));
    expect(images.byId('im-1')).toEqual(image('im-1', 'sha256:x'));
    expect(images.byContentKey('sha256:x')?.id).toBe('im-1');
    expect(images.list()).toHaveLength(1);
  });

  it('are found by the newest build of the same content', () => {
    const images = new ImageRepository(database);
    images.insert(image('im-1', 'sha256:x'));
    images.insert(image('im-2', 'sha256:x'));
    expect(images.byContentKey('sha256:x')?.id).toBe('im-2');
    expect(images.byId('im-1')?.contentKey).toBeNull();
  });

  it('carry tags that move and that go with the image', () => {
    const images = new ImageRepository(database);
    images.insert(image('im-1'));
    images.insert(image('im-2'));
    const tag = { environmentId: 'en-1', tag: 'app:latest' };
    images.setTag({ ...tag, imageId: 'im-1' });
    images.setTag({ ...tag, imageId: 'im-2' });
    expect(images.byTag('en-1', 'app:latest')?.id).toBe('im-2');
    expect(images.tags()).toEqual([{ ...tag, imageId: 'im-2' }]);
    images.delete('im-2');
    expect(images.tags()).toEqual([]);
  });
});

describe('finished sandboxes', () => {
  const finished = (id: string, finishedAt: number, name: string | null = null) => ({
    id,
    taskId: `ta-${id}`,
    appId: 'ap-1',
    name,
    tags: { a: 'b' },
    createdAt: finishedAt - 1,
    finishedAt,
    status: 'success',
    exitCode: 0,
    exception: '',
  });

  it('are found by id and, the latest of them, by name', () => {
    const sandboxes = new FinishedSandboxRepository(database);
    sandboxes.insert(finished('sb-1', 10, 'n'));
    sandboxes.insert(finished('sb-2', 20, 'n'));
    expect(sandboxes.byId('sb-1')).toEqual(finished('sb-1', 10, 'n'));
    expect(sandboxes.byName('ap-1', 'n')?.id).toBe('sb-2');
    expect(sandboxes.list(19, 10).map(({ id }) => id)).toEqual(['sb-1']);
  });

  it('are forgotten by age', () => {
    const sandboxes = new FinishedSandboxRepository(database);
    sandboxes.insert(finished('sb-1', 10));
    sandboxes.insert(finished('sb-2', 20));
    expect(sandboxes.deleteFinishedBefore(20)).toBe(1);
    expect(sandboxes.byId('sb-1')).toBeUndefined();
  });
});
