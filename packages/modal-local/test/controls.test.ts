import { startLocalModal, type LocalModal, type LocalModalOptions } from '@computesdk/modal-local';
import type { ModalClient, Sandbox } from 'modal';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { clientOf } from './engine.js';

const NEW_YEAR = Date.UTC(2030, 0, 1);

/** For tests that choose nothing at the start; each leaves it as it found it. */
let shared: { local: LocalModal; client: ModalClient };
beforeAll(async () => {
  const local = await startLocalModal();
  shared = { local, client: clientOf(local) };
});
afterEach(() => shared.local.reset());
afterAll(async () => {
  shared.client.close();
  await shared.local.stop();
});

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: LocalModalOptions) {
  const local = await startLocalModal(options);
  cleanUps.push(() => local.stop());
  const client = clientOf(local);
  cleanUps.push(() => client.close());
  return { local, client };
}

async function sandboxOf(client: ModalClient, params?: Parameters<ModalClient['sandboxes']['create']>[2]): Promise<Sandbox> {
  const app = await client.apps.fromName('controls', { createIfMissing: true });
  return await client.sandboxes.create(app, client.images.fromRegistry('python:3.13-slim'), params);
}

describe('the clock of an engine', () => {
  it('moves on by hand: sandboxes reach their time-outs without a wait', async () => {
    const { local, client } = shared;
    const [short, long, idle] = await Promise.all([
      sandboxOf(client, { timeoutMs: 600_000 }),
      sandboxOf(client, { timeoutMs: 7_200_000 }),
      sandboxOf(client, { timeoutMs: 7_200_000, idleTimeoutMs: 1_800_000 }),
    ]);
    await local.controls.advance(599_000 - 60_000);
    expect(await short.poll()).toBeNull();
    await local.controls.advance(62_000);
    expect(await short.wait()).toBe(124);
    expect(await idle.poll()).toBeNull();
    await local.controls.advance(1_800_000);
    expect(await idle.wait()).toBe(137);
    expect(await long.poll()).toBeNull();
  });

  it('stands where it is put, so that dates can be asserted', async () => {
    const { local, client } = await start({ now: NEW_YEAR });
    const sandbox = await sandboxOf(client);
    await local.controls.advance(1_000);
    expect(await local.controls.now()).toEqual(new Date(NEW_YEAR + 1_000));
    const { sandboxes } = await client.cpClient.sandboxListV2({ appId: (await client.apps.fromName('controls')).appId, beforeTimestamp: 0 });
    expect(sandboxes.map(({ id, createdAt }) => [id, createdAt * 1000])).toEqual([[sandbox.sandboxId, NEW_YEAR]]);
  });

  it("ends queues' partitions when their life is over", async () => {
    const { local, client } = shared;
    const queue = await client.queues.fromName('short-lived', { createIfMissing: true });
    await queue.put('value', { partitionTtlMs: 3_600_000 });
    expect(await queue.len()).toBe(1);
    await local.controls.advance(3_601_000);
    expect(await queue.len()).toBe(0);
  });

  it('does not go back', async () => {
    const { local } = shared;
    await expect(local.controls.advance(-1)).rejects.toThrow('not negative');
  });
});

describe('a seed', () => {
  it('gives the same ids in each run', async () => {
    const ids = async () => {
      const { client } = await start({ seed: 'ids', now: NEW_YEAR });
      const { appId } = await client.apps.fromName('controls', { createIfMissing: true });
      return [appId, (await sandboxOf(client)).sandboxId];
    };
    expect(await ids()).toEqual(await ids());
  });
});

describe('injected faults', () => {
  it('make calls late', async () => {
    const { local, client } = shared;
    await client.queues.fromName('late', { createIfMissing: true });
    await local.controls.inject({ rpc: 'QueueGetOrCreate', delayMs: 300, times: 1 });
    const started = performance.now();
    await client.queues.fromName('late');
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
  });

  it('make calls UNAVAILABLE as often as told, which the SDK outlasts', async () => {
    const { local, client } = shared;
    await local.controls.inject({ rpc: 'QueueGetOrCreate', code: 'UNAVAILABLE', times: 2 });
    await client.queues.fromName('patience', { createIfMissing: true });
    await local.controls.inject({ rpc: 'QueueGetOrCreate', code: 'UNAVAILABLE', message: 'gone fishing' });
    await expect(client.queues.fromName('patience')).rejects.toThrow('UNAVAILABLE: gone fishing');
    await local.controls.clearFaults();
    await client.queues.fromName('patience');
  });

  it('throttle with a hint that the SDK follows', async () => {
    const { local, client } = shared;
    await local.controls.inject({ rpc: 'SandboxCreateV2', code: 'RESOURCE_EXHAUSTED', retryAfterMs: 400, times: 2 });
    const started = performance.now();
    await sandboxOf(client);
    expect(performance.now() - started).toBeGreaterThanOrEqual(800);
  });

  it('lose the answer of a call that is then sent again, and does its work once', async () => {
    const { local, client } = shared;
    await local.controls.inject({ rpc: 'SandboxCreateV2', code: 'UNAVAILABLE', answerLost: true, times: 1 });
    const sandbox = await sandboxOf(client);
    const { appId } = await client.apps.fromName('controls');
    const { sandboxes } = await client.cpClient.sandboxListV2({ appId });
    expect(sandboxes.map(({ id }) => id)).toEqual([sandbox.sandboxId]);
  });

  it('strike the data path, too', async () => {
    const { local, client } = shared;
    const sandbox = await sandboxOf(client);
    await local.controls.inject({ rpc: 'TaskExec*', code: 'UNAVAILABLE', times: 3 });
    const process = await sandbox.exec(['echo', 'through']);
    expect(await process.stdout.readText()).toBe('through\n');
  });

  it('may be there from the first call on', async () => {
    const { client } = await start({ faults: [{ rpc: 'AppGetOrCreate', code: 'PERMISSION_DENIED', message: 'not today' }] });
    await expect(client.apps.fromName('controls', { createIfMissing: true })).rejects.toThrow('PERMISSION_DENIED: not today');
  });

  it('are refused when they name no call, and gone after a reset', async () => {
    const { local, client } = shared;
    await expect(local.controls.inject({ rpc: 'SandboxMake', delayMs: 1 })).rejects.toThrow("no call of Modal's API is named 'SandboxMake'");
    await local.controls.inject({ code: 'PERMISSION_DENIED' });
    await local.reset();
    await client.apps.fromName('controls', { createIfMissing: true });
  });
});

describe('preemption', () => {
  it('ends a sandbox with 137, and says why', async () => {
    const { local, client } = shared;
    const sandbox = await sandboxOf(client, { name: 'worker' });
    const waiting = sandbox.wait();
    await local.controls.preempt(sandbox);
    expect(await waiting).toBe(137);
    const { result } = await client.cpClient.sandboxWaitV2({ sandboxId: sandbox.sandboxId, timeout: 0 });
    expect(result?.exception).toContain('preempted');
    // Its name is free again.
    await sandboxOf(client, { name: 'worker' });
  });

  it('says that there is no such sandbox', async () => {
    const { local } = shared;
    await expect(local.controls.preempt('sb-nowhere')).rejects.toThrow('not found');
  });
});

describe('an advertised URL', () => {
  it('is where clients of a proxy find all of the engine', async () => {
    let target = 0;
    const proxy: Server = createServer((socket) => {
      const onward = connect(target, '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      for (const end of [socket, onward]) end.on('error', () => undefined).on('close', () => (socket.destroy(), onward.destroy()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => proxy.close());
    const advertisedUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const local: LocalModal = await startLocalModal({ advertisedUrl });
    cleanUps.push(() => local.stop());
    target = Number(new URL(local.url).port);
    expect(local.env['MODAL_SERVER_URL']).toBe(advertisedUrl);

    const client = clientOf({ ...local, url: advertisedUrl });
    cleanUps.push(() => client.close());
    const sandbox = await sandboxOf(client);
    const process = await sandbox.exec(['echo', 'through the proxy']);
    expect(await process.stdout.readText()).toBe('through the proxy\n');
    const access = await client.cpClient.sandboxGetCommandRouterAccess({ sandboxId: sandbox.sandboxId });
    expect(access.url).toBe(advertisedUrl.replace('http:', 'https:'));
  });

  it('is refused when it is none', async () => {
    await expect(startLocalModal({ advertisedUrl: 'example.com' })).rejects.toThrow('http://HOST:PORT');
  });
});
