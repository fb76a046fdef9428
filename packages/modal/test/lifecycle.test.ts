import { modal as makeModal } from '@computesdk/modal';
import { AlreadyExistsError, AuthenticationError, FailedPreconditionError, InvalidArgumentError, SandboxNotFoundError, UnavailableError } from 'computesdk';
import { Sandbox as SdkSandbox } from 'modal';
import { describe, expect, test, vi } from 'vitest';

import { eventually, onCloud, testModal } from './modal.js';

const modal = testModal();

describe('create', () => {
  test('gives a running sandbox of the official SDK', async () => {
    const sandbox = await modal.sandbox();
    expect(sandbox.provider).toBe('modal');
    expect(sandbox.getInstance()).toBeInstanceOf(SdkSandbox);
    expect(sandbox.getInstance().sandboxId).toBe(sandbox.sandboxId);
    expect(sandbox.getProvider()).toBe(modal.provider);
  });

  test('aborted before, makes nothing', async () => {
    await expect(modal.provider.sandbox.create({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('aborted meanwhile, leaves no sandbox behind', async () => {
    const tag = { run: crypto.randomUUID() };
    await modal.provider.sandbox.list();
    for (const delay of [0, 1, 3, 10, 30, 60]) {
      const controller = new AbortController();
      const creating = modal.provider.sandbox.create({ tags: tag, signal: controller.signal });
      setTimeout(() => controller.abort(), delay);
      await creating.then(
        (sandbox) => sandbox.destroy(),
        (error: unknown) => expect(error).toMatchObject({ name: 'AbortError' }),
      );
    }
    await eventually(async () => (await modal.another().sandbox.list({ tags: tag })).length === 0, 'every sandbox to be gone');
  });
});

describe('getById', () => {
  test('finds a running sandbox from another provider object', async () => {
    const sandbox = await modal.sandbox();
    await sandbox.filesystem.writeFile('/tmp/x', 'same');
    const found = await modal.another().sandbox.getById(sandbox.sandboxId);
    expect(await found?.filesystem.readFile('/tmp/x')).toBe('same');
  });

  test.each(['app-id', 'sb-0000000000000000000000', ''])('%j → null', async (id) => {
    expect(await modal.provider.sandbox.getById(id)).toBeNull();
  });

  test('a destroyed sandbox → null, here and elsewhere', async () => {
    const sandbox = await modal.provider.sandbox.create();
    await sandbox.destroy();
    expect(await modal.provider.sandbox.getById(sandbox.sandboxId)).toBeNull();
    // Another provider object of this process, such as a route makes for each request.
    expect(await modal.another().sandbox.getById(sandbox.sandboxId)).toBeNull();
  });
});

describe('list', () => {
  test('gives the running sandboxes with these tags', async () => {
    const run = crypto.randomUUID();
    const [a, b] = [await modal.sandbox({ tags: { run, kind: 'a' } }), await modal.sandbox({ tags: { run, kind: 'b' } })];
    const ids = async (tags: Record<string, string>) => (await modal.provider.sandbox.list({ tags })).map(({ sandboxId }) => sandboxId);
    expect((await ids({ run })).sort()).toEqual([a.sandboxId, b.sandboxId].sort());
    expect(await ids({ run, kind: 'b' })).toEqual([b.sandboxId]);
    await a.destroy();
    expect(await ids({ run })).toEqual([b.sandboxId]);
  });

  test('stops at the limit, and iterates', async () => {
    const tags = { run: crypto.randomUUID() };
    await Promise.all([modal.sandbox({ tags }), modal.sandbox({ tags }), modal.sandbox({ tags })]);
    expect(await modal.provider.sandbox.list({ tags, limit: 2 })).toHaveLength(2);
    let seen = 0;
    for await (const sandbox of modal.provider.sandbox.iterate({ tags })) seen += sandbox.sandboxId === '' ? 0 : 1;
    expect(seen).toBe(3);
  });
});

describe('what would be ignored is refused', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['a mistyped option of list', () => modal.provider.sandbox.list({ tag: { run: '1' } } as object), "did you mean 'tags'?"],
    ['a limit that is none', () => modal.provider.sandbox.list({ limit: -1 }), 'limit must be a whole number from 1 on, got -1'],
    ['a mistyped option of snapshot.list', () => modal.provider.snapshot.list({ sandbox: 'sb-1' } as object), "did you mean 'sandboxId'?"],
    ['a mistyped option of template.list', () => modal.provider.template.list({ limits: 1 } as object), "did you mean 'limit'?"],
    ['a tag that is a number', async () => (await modal.sandbox()).setTags({ a: 1 } as never), 'tags.a must be a string, got 1'],
    ['a tag with a taken name', async () => (await modal.sandbox()).setTags({ 'computesdk-facts': '1' }), 'are taken'],
    ['a wait for nothing', async () => (await modal.sandbox()).waitForLog(undefined as never), 'pattern must be a non-empty string or a RegExp'],
    ['a signal that is none', () => modal.provider.sandbox.create({ signal: {} as never }), 'signal must be an AbortSignal, got an object'],
    ['a signal that is none, of a look-up', () => modal.provider.sandbox.getById('sb-1', { signal: 5 as never }), 'signal must be an AbortSignal, got 5'],
    ['getOrCreate without a name', () => modal.provider.sandbox.getOrCreate({} as never), 'name must be a non-empty string, got undefined'],
    ['getById of nothing', () => modal.provider.sandbox.getById(undefined as never), 'sandboxId must be a string, got undefined'],
    ['destroy of nothing', () => modal.provider.sandbox.destroy(undefined as never), 'sandboxId must be a string'],
    ['a snapshot of nothing', () => modal.provider.snapshot.create(undefined as never), 'sandboxId must be a non-empty string'],
    ['a deletion of no snapshot', () => modal.provider.snapshot.delete(undefined as never), 'snapshotId must be a non-empty string'],
    ['a deletion of no template', () => modal.provider.template.delete(undefined as never), 'templateId must be a non-empty string'],
    ['a template of nothing', () => modal.provider.template.create(undefined as never), 'options must be an object, got undefined'],
  ])('%s', async (_name, call, message) => {
    await expect(call()).rejects.toThrow(InvalidArgumentError);
    await expect(call()).rejects.toThrow(message);
  });
});

describe('destroy', () => {
  test('of what does not exist resolves', async () => {
    await modal.provider.sandbox.destroy('app-id');
    await modal.provider.sandbox.destroy('sb-0000000000000000000000');
  });

  test('twice resolves; kill is the same', async () => {
    const sandbox = await modal.provider.sandbox.create();
    expect(sandbox.isDestroyed).toBe(false);
    await sandbox.kill();
    await sandbox.destroy();
    expect(sandbox.isDestroyed).toBe(true);
  });

  test('afterwards, calls say that the sandbox is gone', async () => {
    const sandbox = await modal.provider.sandbox.create();
    await modal.provider.sandbox.destroy(sandbox.sandboxId);
    await expect(sandbox.runCommand('true')).rejects.toThrow(SandboxNotFoundError);
    await expect(sandbox.runCode('1')).rejects.toThrow(`Sandbox ${sandbox.sandboxId} not found`);
    expect((await sandbox.getInfo()).status).toBe('stopped');
  });

  test('await using ends it', async () => {
    let id = '';
    {
      await using sandbox = await modal.provider.sandbox.create();
      id = sandbox.sandboxId;
    }
    expect(await modal.provider.sandbox.getById(id)).toBeNull();
  });

  test.skipIf(onCloud)('rejects when Modal cannot be reached: the sandbox may live on', async () => {
    const url = process.env['MODAL_SERVER_URL'];
    process.env['MODAL_SERVER_URL'] = 'http://127.0.0.1:9';
    const unreachable = modal.another();
    try {
      await expect(unreachable.sandbox.destroy('sb-anything')).rejects.toThrow(UnavailableError);
      await expect(unreachable.sandbox.getById('sb-anything')).rejects.toThrow(UnavailableError);
      await expect(unreachable.sandbox.create()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    } finally {
      process.env['MODAL_SERVER_URL'] = url;
    }
  });
});

describe('getOrCreate', () => {
  test('gives the same sandbox to all who name it', async () => {
    const name = `shared-${crypto.randomUUID().slice(0, 8)}`;
    const [first, second] = await Promise.all([
      modal.provider.sandbox.getOrCreate({ name }),
      modal.another().sandbox.getOrCreate({ name }),
    ]);
    try {
      expect(first.sandboxId).toBe(second.sandboxId);
      expect((await modal.provider.sandbox.getByName(name))?.sandboxId).toBe(first.sandboxId);
      await expect(modal.provider.sandbox.create({ name })).rejects.toThrow(AlreadyExistsError);
    } finally {
      await first.destroy();
    }
    expect(await modal.provider.sandbox.getByName('never-made')).toBeNull();
  });
});

// The engine forgets at once; Modal goes on naming a sandbox for a while after it was told to end it.
describe('a sandbox that this process ended, and Modal still names', () => {
  test('is not found by its name, nor counted by a list', async () => {
    const tags = { run: crypto.randomUUID() };
    const provider = modal.another();
    const [ended, ...live] = await Promise.all([modal.sandbox({ tags }), modal.sandbox({ tags }), modal.sandbox({ tags })]);
    await ended.destroy();
    const { sandboxes } = provider.getClient();
    vi.spyOn(sandboxes, 'fromName').mockResolvedValueOnce(ended.getInstance());
    expect(await provider.sandbox.getByName('worker')).toBeNull();
    vi.spyOn(sandboxes, 'list').mockImplementationOnce(async function* () {
      for (const sandbox of [ended, ...live]) yield Promise.resolve(sandbox.getInstance());
    });
    const listed = await provider.sandbox.list({ tags, limit: 2 });
    expect(listed.map(({ sandboxId }) => sandboxId)).toEqual(live.map(({ sandboxId }) => sandboxId));
  });
});

describe('getInfo', () => {
  test('tells what was asked for, also from another process', async () => {
    const before = Date.now();
    const sandbox = await modal.sandbox({
      timeout: 61_500,
      tags: { team: 'blue' },
      metadata: { user: 'ada', age: 36, nested: { deep: [1, true, null] }, text: '5' },
    });
    const found = await modal.another().sandbox.getById(sandbox.sandboxId);
    for (const info of [await sandbox.getInfo(), await found?.getInfo()]) {
      expect(info).toMatchObject({
        id: sandbox.sandboxId,
        sandboxId: sandbox.sandboxId,
        provider: 'modal',
        runtime: 'python',
        status: 'running',
        timeout: 62_000,
        metadata: { user: 'ada', age: 36, nested: { deep: [1, true, null] }, text: '5' },
      });
      expect(info?.tags).toMatchObject({ team: 'blue', user: 'ada', age: '36' });
      expect(info?.createdAt.getTime()).toBeGreaterThanOrEqual(before);
      expect(info?.createdAt.getTime()).toBeLessThanOrEqual(Date.now());
      expect(info?.expiresAt?.getTime()).toBe((info?.createdAt.getTime() ?? 0) + 62_000);
    }
    expect((await sandbox.getInfo()).createdAt).toEqual((await sandbox.getInfo()).createdAt);
  });

  test('of a sandbox that something else made comes from Modal\'s list', async () => {
    const client = modal.provider.getClient();
    const app = await client.apps.fromName('computesdk-tests', { createIfMissing: true });
    const image = await client.images.fromRegistry('python:3.13-slim').build(app);
    const foreign = await client.sandboxes.create(app, image, { timeoutMs: 90_000 });
    try {
      const info = await (await modal.provider.sandbox.getById(foreign.sandboxId))?.getInfo();
      expect(info).toMatchObject({ status: 'running', timeout: 90_000, tags: {}, metadata: {} });
      expect(Math.abs((info?.createdAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    } finally {
      await foreign.terminate();
    }
  });

  test('a sandbox whose command failed has status error, one that finished stopped', async () => {
    const [failed, finished] = await Promise.all([
      modal.sandbox({ command: ['sh', '-c', 'exit 3'] }),
      modal.sandbox({ command: ['true'] }),
    ]);
    await eventually(async () => (await failed.getInfo()).status === 'error', 'status error');
    await eventually(async () => (await finished.getInfo()).status === 'stopped', 'status stopped');
  });

  test('setTags replaces the tags and keeps the rest', async () => {
    const sandbox = await modal.sandbox({ tags: { a: '1' }, metadata: { user: 'ada' } });
    await sandbox.setTags({ b: '2' });
    const info = await sandbox.getInfo();
    expect(info.tags).toEqual({ b: '2', user: 'ada' });
    expect(info.metadata).toEqual({ user: 'ada' });
    expect(info.runtime).toBe('python');
  });
});

describe('the provider', () => {
  test('without credentials can be made; the first call says what is missing', async () => {
    const { MODAL_TOKEN_ID, MODAL_TOKEN_SECRET, MODAL_CONFIG_PATH } = process.env;
    delete process.env['MODAL_TOKEN_ID'];
    delete process.env['MODAL_TOKEN_SECRET'];
    process.env['MODAL_CONFIG_PATH'] = '/nonexistent';
    try {
      const bare = makeModal();
      await expect(bare.sandbox.create()).rejects.toThrow('Missing Modal API credentials: set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET');
      await expect(bare.sandbox.getById('sb-1')).rejects.toMatchObject({ code: 'credentials_missing' });
      await expect(bare.sandbox.list()).rejects.toThrow('Missing Modal API credentials');
      await expect(bare.snapshot.list()).rejects.toThrow('Missing Modal API credentials');
      await expect(makeModal({ tokenId: 'ak-1' }).sandbox.create()).rejects.toThrow('set MODAL_TOKEN_SECRET in');
    } finally {
      Object.assign(process.env, { MODAL_TOKEN_ID, MODAL_TOKEN_SECRET });
      if (MODAL_CONFIG_PATH === undefined) delete process.env['MODAL_CONFIG_PATH'];
    }
  });

  test('with wrong credentials says so, and a good call later works', async () => {
    const wrong = modal.another({ tokenId: 'ak-wrong', tokenSecret: 'as-wrong' });
    const failure: unknown = await wrong.sandbox.create().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AuthenticationError);
    expect(failure).toMatchObject({ message: expect.stringContaining('authentication failed') as unknown, code: 'authentication_failed' });
    await expect(wrong.sandbox.destroy('sb-anything')).rejects.toThrow(AuthenticationError);
  });

  test('closed, refuses calls; its sandboxes live on', async () => {
    const short = modal.another();
    const sandbox = await short.sandbox.create();
    await short.close();
    await expect(short.sandbox.list()).rejects.toThrow(FailedPreconditionError);
    await modal.provider.sandbox.destroy(sandbox.sandboxId);
  });
});
