// Named objects through three generations of Modal's SDK. No sandbox is started, so the drivers are out of reach.

import type { ModalClient as Client11 } from 'modal';
import type { ModalClient as Client7 } from 'modal-0.7.6';
import { createChannel, createClient, Metadata } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { EPHEMERAL_LIFE } from '../engine/creation.js';
import { Engine } from '../engine/engine.js';
import { TestWorld } from '../engine/test-world.js';
import { EMPTY_IMAGE_CONFIG } from '../images/driver.js';
import { ephemeralStateDirectory } from '../store/state-directory.js';
import { ModalClientDefinition, type ModalClientClient } from './gen/modal/client.js';
import { startWireServer } from './server.js';

const CREDENTIALS = { tokenId: 'ak-test', tokenSecret: 'as-test' };

interface QueueHandle {
  put(value: unknown, options?: { partition?: string }): Promise<void>;
  putWithin(milliseconds: number, value: unknown): Promise<void>;
  putMany(values: unknown[], options?: { partition?: string }): Promise<void>;
  get(partition?: string, milliseconds?: number): Promise<unknown>;
  getMany(count: number): Promise<unknown[]>;
  len(options?: { partition?: string; total?: boolean }): Promise<number>;
  clear(options?: { partition?: string; all?: boolean }): Promise<void>;
  iterate(): AsyncIterable<unknown>;
  closeEphemeral(): void;
}

/** What every generation can do, by one set of names. */
interface Sdk {
  app(name: string, options?: { environment?: string; createIfMissing?: boolean }): Promise<{ appId: string }>;
  secret(name: string, options?: { requiredKeys?: string[] }): Promise<{ secretId: string }>;
  volume(name: string, options?: { createIfMissing?: boolean }): Promise<{ volumeId: string }>;
  queue(name: string, options?: { createIfMissing?: boolean }): Promise<QueueHandle>;
  ephemeralQueue(): Promise<QueueHandle>;
  deleteQueue(name: string): Promise<void>;
}

type AnyQueue = Awaited<ReturnType<Client11['queues']['fromName'] | Client7['queues']['fromName']>>;

function queueHandle(queue: AnyQueue): QueueHandle {
  return {
    put: (value, options) => queue.put(value, options),
    putWithin: (timeoutMs, value) => queue.put(value, { timeoutMs }),
    putMany: (values, options) => queue.putMany(values, options),
    get: (partition, timeoutMs) => queue.get({ ...(partition ? { partition } : {}), ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
    getMany: (count) => queue.getMany(count),
    len: (options) => queue.len(options),
    clear: (options) => queue.clear(options),
    iterate: () => queue.iterate(),
    closeEphemeral: () => queue.closeEphemeral(),
  };
}

function sdkOf(client: Client11 | Client7): Sdk {
  return {
    app: (name, options) => client.apps.fromName(name, options),
    secret: (name, options) => client.secrets.fromName(name, options),
    volume: (name, options) => client.volumes.fromName(name, options),
    queue: async (name, options) => queueHandle(await client.queues.fromName(name, options)),
    ephemeralQueue: async () => queueHandle(await client.queues.ephemeral()),
    deleteQueue: (name) => client.queues.delete(name),
  };
}

async function connect0_3(): Promise<Sdk> {
  const modal = await import('modal-0.3.16');
  const handle = (queue: InstanceType<typeof modal.Queue>): QueueHandle => ({
    put: (value, options) => queue.put(value, options),
    putWithin: (timeout, value) => queue.put(value, { timeout }),
    putMany: (values, options) => queue.putMany(values, options),
    get: (partition, timeout) => queue.get({ ...(partition ? { partition } : {}), ...(timeout === undefined ? {} : { timeout }) }),
    getMany: (count) => queue.getMany(count),
    len: (options) => queue.len(options),
    clear: (options) => queue.clear(options),
    iterate: () => queue.iterate(),
    closeEphemeral: () => queue.closeEphemeral(),
  });
  modal.initializeClient(CREDENTIALS);
  return {
    app: (name, options) => modal.App.lookup(name, options),
    secret: (name, options) => modal.Secret.fromName(name, options),
    volume: (name, options) => modal.Volume.fromName(name, options),
    queue: async (name, options) => handle(await modal.Queue.lookup(name, options)),
    ephemeralQueue: async () => handle(await modal.Queue.ephemeral()),
    deleteQueue: (name) => modal.Queue.delete(name),
  };
}

const world = new TestWorld();
let engine: Engine;
let latest: Client11;
/** Says what the SDK keeps to itself: the key of a call. */
let raw: ModalClientClient;
const sdks = new Map<string, Sdk>();
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  const state = ephemeralStateDirectory();
  const unreachable = () => {
    throw new Error('These tests start no sandbox');
  };
  engine = new Engine({
    state: state.paths,
    world,
    drivers: {
      runtime: { name: 'none', start: unreachable },
      roots: { mount: unreachable },
      network: { name: 'none', limitation: undefined, attach: unreachable, [Symbol.asyncDispose]: async () => undefined },
      certificate: { certificate: '', key: '', authorityPath: '' },
      host: { cpuCores: 1, memoryBytes: 2 ** 30 },
      reportDefect: (where, error) => {
        throw new Error(where, { cause: error });
      },
      runDirectory: state.paths.root,
    },
    snapshots: { captureDirectory: unreachable, flatten: unreachable },
    images: {
      registry: { pull: unreachable, knownUnreachable: () => undefined },
      builder: () => {
        throw new Error('These tests build no image');
      },
      layers: { has: async () => true },
      hostImage: { layers: [], config: EMPTY_IMAGE_CONFIG, host: true },
    },
  });
  const server = await startWireServer({ engine, credentials: CREDENTIALS, port: 0, loose: false, reportDefect: (method, error) => console.error(method, error) });
  process.env['MODAL_SERVER_URL'] = `http://127.0.0.1:${server.port}`;
  process.env['MODAL_TOKEN_ID'] = CREDENTIALS.tokenId;
  process.env['MODAL_TOKEN_SECRET'] = CREDENTIALS.tokenSecret;
  latest = new (await import('modal')).ModalClient();
  const middle = new (await import('modal-0.7.6')).ModalClient();
  const channel = createChannel(process.env['MODAL_SERVER_URL']);
  raw = createClient(ModalClientDefinition, channel);
  sdks.set('0.11.1', sdkOf(latest)).set('0.7.6', sdkOf(middle)).set('0.3.16', await connect0_3());
  undo.push(() => channel.close(), () => latest.close(), () => middle.close(), () => server[Symbol.asyncDispose](), () => engine[Symbol.asyncDispose](), () => state[Symbol.dispose]());
});

afterAll(async () => {
  for (const step of undo) await step();
});

describe.each(['0.11.1', '0.7.6', '0.3.16'])('modal@%s', (version) => {
  const sdk = (): Sdk => {
    const found = sdks.get(version);
    if (!found) throw new Error(`No SDK ${version}`);
    return found;
  };
  const named = (name: string) => `${name}-${version}`;
  const set = (name: string, env: Record<string, string>) =>
    engine.objects.secrets.getOrCreate({ name, environmentName: '', creation: 'create-if-missing', env, requiredKeys: [] });

  it('finds an app again, and says when there is none', async () => {
    const { appId } = await sdk().app(named('app'), { createIfMissing: true });
    expect(appId).toMatch(/^ap-[A-Za-z0-9]{22}$/);
    expect((await sdk().app(named('app'))).appId).toBe(appId);
    await expect(sdk().app('nope')).rejects.toThrow("App 'nope' not found");
    await expect(sdk().app(named('app'), { environment: 'nope', createIfMissing: true })).rejects.toThrow(/not found/);
  });

  it('finds a secret, and names what is missing', async () => {
    const { id } = set(named('db'), { A: '1' });
    expect((await sdk().secret(named('db'), { requiredKeys: ['A'] })).secretId).toBe(id);
    await expect(sdk().secret('nope')).rejects.toThrow(/^Secret 'nope' not found$/);
    await expect(sdk().secret(named('db'), { requiredKeys: ['A', 'B'] })).rejects.toThrow(/^Secret is missing key\(s\): B$/);
  });

  it('creates a volume once, and says when there is none', async () => {
    const { volumeId } = await sdk().volume(named('v'), { createIfMissing: true });
    expect(volumeId).toMatch(/^vo-/);
    expect((await sdk().volume(named('v'))).volumeId).toBe(volumeId);
    await expect(sdk().volume('nope')).rejects.toThrow(/^Volume 'nope' not found$/);
  });

  it('passes values of every kind through a queue, in order', async () => {
    const queue = await sdk().queue(named('q'), { createIfMissing: true });
    await queue.put('text');
    await queue.putMany([1, { nested: [true, null] }]);
    expect(await queue.len()).toBe(3);
    expect(await queue.get()).toBe('text');
    expect(await queue.getMany(10)).toEqual([1, { nested: [true, null] }]);
    await expect(queue.get(undefined, 100)).rejects.toThrow(/did not return values within 100ms/);
  });

  it('keeps partitions apart', async () => {
    const queue = await sdk().queue(named('parts'), { createIfMissing: true });
    await queue.put(0);
    await queue.putMany([1, 2], { partition: 'p' });
    expect([await queue.len(), await queue.len({ partition: 'p' }), await queue.len({ total: true })]).toEqual([1, 2, 3]);
    await queue.clear({ partition: 'p' });
    expect(await queue.len({ total: true })).toBe(1);
    await queue.clear({ all: true });
    expect(await queue.len({ total: true })).toBe(0);
  });

  it('wakes a caller that waits in a queue', async () => {
    const queue = await sdk().ephemeralQueue();
    const waiting = queue.get();
    await queue.put('now');
    expect(await waiting).toBe('now');
    queue.closeEphemeral();
  });

  it('iterates over a queue without taking', async () => {
    const queue = await sdk().queue(named('iterate'), { createIfMissing: true });
    await queue.putMany(Array.from({ length: 250 }, (_, index) => index));
    const seen = [];
    for await (const value of queue.iterate()) seen.push(value);
    expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => index));
    expect(await queue.len()).toBe(250);
  });

  it('says when a queue is full', async () => {
    const queue = await sdk().queue(named('full'), { createIfMissing: true });
    await queue.putMany(Array<number>(5_000).fill(0));
    await expect(queue.putWithin(300, 0)).rejects.toThrow(/^Put failed on qu-/);
    await sdk().deleteQueue(named('full'));
    await expect(sdk().queue(named('full'))).rejects.toThrow(`Queue '${named('full')}' not found`);
  });

  it('refuses names by naming them, without retries', async () => {
    await expect(sdk().volume('a b', { createIfMissing: true })).rejects.toThrow(/INVALID_ARGUMENT.*"a b"/);
  });
});

describe('modal@0.11.1 alone', () => {
  it('creates, lists and deletes environments', async () => {
    await latest.environments.objects.create('dev');
    await expect(latest.environments.objects.create('dev')).rejects.toThrow("Environment 'dev' already exists");
    const names = [];
    for await (const { name } of latest.environments.objects.list()) names.push(name);
    expect(names.sort()).toEqual(['dev', 'main']);
    const dev = await latest.environments.fromName('dev');
    const { appId } = await latest.apps.fromName('in-dev', { environment: 'dev', createIfMissing: true });
    const apps = [];
    for await (const app of dev.apps.list()) apps.push([app.appId, app.name]);
    expect(apps).toEqual([[appId, 'in-dev']]);
    await latest.environments.objects.delete('dev');
    await expect(latest.environments.fromName('dev')).rejects.toThrow("Environment 'dev' not found");
  });

  it('tells since when an app is deployed', async () => {
    const before = Date.now();
    const app = await latest.apps.fromName('told', { createIfMissing: true });
    for (const { description, lifecycle } of [await app.info(), await app.info({ refresh: true })]) {
      expect(description).toBe('told');
      expect(lifecycle.state).toBe('deployed');
      expect(lifecycle.createdAt.getTime()).toBeGreaterThanOrEqual(before);
      expect(lifecycle.deployedAt).toEqual(lifecycle.createdAt);
    }
  });

  it('refuses roles of environments by naming the field', async () => {
    await expect(latest.environments.objects.create('roles', { restricted: true })).rejects.toThrow(/is_managed/);
  });

  it('deletes secrets and volumes', async () => {
    engine.objects.secrets.getOrCreate({ name: 'gone', environmentName: '', creation: 'create-if-missing', env: {}, requiredKeys: [] });
    await latest.secrets.delete('gone');
    await expect(latest.secrets.delete('gone')).rejects.toThrow("Secret 'gone' not found");
    await latest.secrets.delete('gone', { allowMissing: true });
    await latest.volumes.fromName('gone', { createIfMissing: true });
    await latest.volumes.delete('gone');
    await expect(latest.volumes.fromName('gone')).rejects.toThrow("Volume 'gone' not found");
  });

  it('keeps the version of a volume', async () => {
    await latest.volumes.fromName('v2', { createIfMissing: true, version: 2 });
    await expect(latest.volumes.fromName('v2', { version: 1 })).rejects.toThrow(/has version v2, not v1/);
  });

  it('keeps ephemeral volumes and queues by their heartbeats, and no others', async () => {
    const [kept, left] = [await ephemerals(), await ephemerals()];
    for (let beat = 0; beat < 2; beat++) {
      world.advance(EPHEMERAL_LIFE - 1);
      await raw.volumeHeartbeat({ volumeId: kept.volumeId }, withKey(''));
      await raw.queueHeartbeat({ queueId: kept.queueId }, withKey(''));
    }
    await engine.objects.prune();
    await expect(raw.volumeHeartbeat(kept, withKey(''))).resolves.toBeDefined();
    await expect(raw.queueHeartbeat(kept, withKey(''))).resolves.toBeDefined();
    await expect(raw.volumeHeartbeat(left, withKey(''))).rejects.toThrow('not found');
    await expect(raw.queueHeartbeat(left, withKey(''))).rejects.toThrow('not found');
  });

  it('finds proxies that were added', async () => {
    const { id } = engine.objects.proxies.add('p', '');
    expect((await latest.proxies.fromName('p')).proxyId).toBe(id);
    await expect(latest.proxies.fromName('nope')).rejects.toThrow("Proxy 'nope' not found");
  });

  it('does the work of a call once, however often it is sent', async () => {
    const queue = await latest.queues.fromName('once', { createIfMissing: true });
    const put = () => raw.queuePut({ queueId: queue.queueId, values: [Buffer.from('x')] }, withKey('put'));
    await Promise.all([put(), put()]);
    await put();
    expect(await queue.len()).toBe(1);
  });

  it('gives a call that is sent again the values that it took', async () => {
    const queue = await latest.queues.fromName('again', { createIfMissing: true });
    await raw.queuePut({ queueId: queue.queueId, values: [Buffer.from('a'), Buffer.from('b')] }, withKey('fill'));
    const take = async (key: string) => String((await raw.queueGet({ queueId: queue.queueId, nValues: 1 }, withKey(key))).values);
    expect([await take('first'), await take('first'), await take('second')]).toEqual(['a', 'a', 'b']);
  });
});

/** The SDK's first heartbeat comes after five minutes; by then they are closed. */
async function ephemerals(): Promise<{ volumeId: string; queueId: string }> {
  const [volume, queue] = [await latest.volumes.ephemeral(), await latest.queues.ephemeral()];
  volume.closeEphemeral();
  queue.closeEphemeral();
  return { volumeId: volume.volumeId, queueId: queue.queueId };
}

function withKey(key: string) {
  return { metadata: Metadata({ 'x-modal-token-id': CREDENTIALS.tokenId, 'x-modal-token-secret': CREDENTIALS.tokenSecret, 'x-idempotency-key': key }) };
}
