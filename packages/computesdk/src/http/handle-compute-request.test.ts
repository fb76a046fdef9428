import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ProcessProvider, processProvider } from '../../test/process-provider.js';
import { AuthenticationError, QuotaExceededError, RateLimitError } from '../errors/index.js';
import type { Provider } from '../provider/provider.js';
import { handleComputeRequest } from './handle-compute-request.js';
import type { ComputeHandlerOptions } from './options.js';
import type { ComputeResponse } from './protocol.js';
import { httpStatus } from './status.js';

let provider: ProcessProvider;
beforeEach(() => {
  provider = processProvider();
});
afterEach(() => provider[Symbol.asyncDispose]());

function post(body: unknown, init: RequestInit = {}): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Request('http://test/api/compute', { method: 'POST', body: text, ...init });
}

async function call(body: unknown, options: ComputeHandlerOptions = {}, by: Provider = provider) {
  const response = await handleComputeRequest({ request: post(body), provider: by, ...options });
  return { status: response.status, headers: response.headers, body: (await response.json()) as ComputeResponse };
}

describe('forms of the call', () => {
  const action = 'compute.sandbox.list' as const;
  const expected = { success: true, sandboxId: '', provider: 'process', sandboxes: [] };

  test('a web request in the object form returns a Response', async () => {
    const response = await handleComputeRequest({ request: post({ action }), provider });
    expect(response).toBeInstanceOf(Response);
    expect(await response.json()).toEqual(expected);
  });

  test('a web request is known by its shape, not its class', async () => {
    const { method, headers } = post({ action });
    const polyfill = { method, headers, text: async () => JSON.stringify({ action }) };
    const response = await handleComputeRequest({ request: polyfill, provider });
    expect(await response.json()).toEqual(expected);
  });

  test('a plain body in the object form returns a plain object', async () => {
    expect(await handleComputeRequest({ request: { action }, provider })).toEqual(expected);
  });

  test('a plain body that fails returns an object too', async () => {
    expect(await handleComputeRequest({ request: { action: 'compute.sandbox.getInfo', sandboxId: 'gone' }, provider })).toEqual({
      success: false,
      error: 'Sandbox gone not found',
      code: 'sandbox_not_found',
      retryable: false,
      suggestion: expect.any(String),
      sandboxId: 'gone',
      provider: 'process',
    });
  });

  test.each([
    ['a request', () => post({ action })],
    ['a body', () => ({ action })],
  ])('%s and a provider as two arguments return a Response', async (_name, make) => {
    const response = await handleComputeRequest(make(), provider);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(expected);
  });

  test('wrong arguments throw', async () => {
    await expect(handleComputeRequest({ action } as never)).rejects.toThrow('Provider is required when not using object-style API');
    await expect(handleComputeRequest({ request: { action }, provider: {} as Provider })).rejects.toThrow('provider must be');
    await expect(handleComputeRequest({ request: { action }, provider, maxBodySize: 1 } as never)).rejects.toThrow("'maxBodySize'");
    const nodeRequest = { method: 'POST', url: '/', headers: {}, body: { action } };
    await expect(handleComputeRequest({ request: nodeRequest as never, provider })).rejects.toMatchObject({
      suggestion: expect.stringContaining('request.body'),
    });
  });
});

describe('the actions', () => {
  async function create(): Promise<string> {
    return (await call({ action: 'compute.sandbox.create' })).body.sandboxId;
  }

  test('create hands its options to the provider', async () => {
    const { status, body } = await call({ action: 'compute.sandbox.create', options: { timeout: 9000, envs: { A: '1' } } });
    expect({ status, body }).toEqual({ status: 200, body: { success: true, sandboxId: 'process-1', provider: 'process' } });
    expect(provider.live.get('process-1')?.options).toMatchObject({ timeout: 9000, envs: { A: '1' } });
  });

  test('list, getById, getInfo, getUrl and destroy', async () => {
    const sandboxId = await create();
    expect((await call({ action: 'compute.sandbox.list' })).body.sandboxes).toEqual([{ sandboxId, provider: 'process' }]);
    expect((await call({ action: 'compute.sandbox.list', tags: { a: 'b' } })).body.sandboxes).toEqual([]);
    expect((await call({ action: 'compute.sandbox.getById', sandboxId })).body).toMatchObject({ success: true, sandboxId });
    const { info } = (await call({ action: 'compute.sandbox.getInfo', sandboxId })).body;
    expect(info).toMatchObject({ id: sandboxId, provider: 'process', runtime: 'python', status: 'running', timeout: 300_000 });
    expect(info?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect((await call({ action: 'compute.sandbox.getUrl', sandboxId, port: 80 })).body.url).toBe('http://127.0.0.1:80');
    expect((await call({ action: 'compute.sandbox.destroy', sandboxId })).body.success).toBe(true);
    expect(provider.live.size).toBe(0);
  });

  test('runCode and runCommand with their options', async () => {
    const sandboxId = await create();
    const code = await call({ action: 'compute.sandbox.runCode', sandboxId, code: 'print(6 * 7)', runtime: 'python' });
    expect(code.body.result).toEqual({
      stdout: '42\n',
      stderr: '',
      exitCode: 0,
      executionTime: expect.any(Number),
      durationMs: expect.any(Number),
    });
    const command = await call({
      action: 'compute.sandbox.runCommand',
      sandboxId,
      command: 'sh',
      args: ['-c', 'echo $A $PWD; cat; exit 3'],
      commandOptions: { env: { A: 'b' }, cwd: '/tmp', stdin: 'in' },
    });
    expect(command.body.result).toMatchObject({ stdout: 'b /tmp\nin', exitCode: 3 });
    const background = await call({
      action: 'compute.sandbox.runCommand',
      sandboxId,
      command: 'true',
      args: [],
      commandOptions: { background: true },
    });
    expect(background.body.result).toMatchObject({ isBackground: true, pid: expect.any(Number) });
  });

  test.each([
    [{ action: 'compute.sandbox.runCode', code: 'print("hi")' }],
    [{ action: 'compute.sandbox.runCommand', command: 'echo hi' }],
  ])('%j without a sandbox creates one, runs, and destroys it', async (body) => {
    expect((await call(body)).body.result).toMatchObject({ stdout: 'hi\n', exitCode: 0 });
    expect(provider.live.size).toBe(0);
  });

  test('files: text, bytes, directories', async () => {
    const sandboxId = await create();
    const files = 'compute.sandbox.filesystem';
    const content = '\n  "text"\n';
    expect((await call({ action: `${files}.writeFile`, sandboxId, path: 'a/note', content })).body.success).toBe(true);
    expect((await call({ action: `${files}.readFile`, sandboxId, path: 'a/note' })).body.fileContent).toBe(content);
    await call({ action: `${files}.writeFile`, sandboxId, path: 'a/bytes', content: '//4AgAo=', encoding: 'base64' });
    expect((await call({ action: `${files}.readFile`, sandboxId, path: 'a/bytes', encoding: 'base64' })).body.fileContent).toBe('//4AgAo=');
    await call({ action: `${files}.mkdir`, sandboxId, path: 'a/dir' });
    const listed = (await call({ action: `${files}.readdir`, sandboxId, path: 'a' })).body.files ?? [];
    expect(listed.map(({ name, isDirectory, size }) => ({ name, isDirectory, size }))).toEqual([
      { name: 'bytes', isDirectory: false, size: 5 },
      { name: 'dir', isDirectory: true, size: 0 },
      { name: 'note', isDirectory: false, size: 10 },
    ]);
    expect(listed[0]?.lastModified).toMatch(/Z$/);
    expect((await call({ action: `${files}.stat`, sandboxId, path: 'a/note' })).body.file).toMatchObject({ size: 10 });
    await call({ action: `${files}.remove`, sandboxId, path: 'a/note' });
    expect((await call({ action: `${files}.exists`, sandboxId, path: 'a/note' })).body.exists).toBe(false);
  });

  test('snapshots and templates reach the provider; without them the answer is 501', async () => {
    const createdAt = new Date(0);
    const able: Provider = {
      ...provider,
      snapshot: {
        create: async (sandboxId, options) => ({ id: 'sn', provider: 'process', createdAt, sandboxId, name: options?.name ?? '' }),
        list: async () => [{ id: 'sn', provider: 'process', createdAt }],
        delete: async () => {},
      },
      template: {
        create: async ({ name }) => ({ id: 'tp', provider: 'process', name }),
        list: async () => [{ id: 'tp', provider: 'process', name: 'n' }],
        delete: async () => {},
      },
    };
    const snapshot = { id: 'sn', provider: 'process', createdAt: '1970-01-01T00:00:00.000Z' };
    const made = await call({ action: 'compute.snapshot.create', sandboxId: 'sb', name: 'n' }, {}, able);
    expect(made.body.snapshot).toEqual({ ...snapshot, sandboxId: 'sb', name: 'n' });
    expect((await call({ action: 'compute.snapshot.list' }, {}, able)).body.snapshots).toEqual([snapshot]);
    expect((await call({ action: 'compute.snapshot.delete', snapshotId: 'sn' }, {}, able)).body.success).toBe(true);
    expect((await call({ action: 'compute.template.create', name: 'n' }, {}, able)).body.template).toMatchObject({ id: 'tp' });
    expect((await call({ action: 'compute.template.list' }, {}, able)).body.templates).toHaveLength(1);
    expect((await call({ action: 'compute.template.delete', templateId: 'tp' }, {}, able)).body.success).toBe(true);
    expect(await call({ action: 'compute.snapshot.list' })).toMatchObject({ status: 501, body: { code: 'unsupported' } });
    expect(await call({ action: 'compute.template.list' })).toMatchObject({ status: 501 });
    expect(await call({ action: 'compute.sandbox.getOrCreate', name: 'n' })).toMatchObject({ status: 501 });
  });
});

describe('bad requests say which field and what to do', () => {
  test.each([
    ['{"action":', 400, 'Invalid JSON in request body'],
    ['', 400, 'Invalid JSON in request body'],
    ['null', 400, 'Request body must be a JSON object'],
    ['[]', 400, 'Request body must be a JSON object'],
    [{}, 400, 'action is required'],
    [{ action: 7 }, 400, 'action must be a string'],
    [{ action: 'compute.sandbox.fly' }, 400, 'Unknown action: compute.sandbox.fly'],
    [{ action: 'constructor' }, 400, 'Unknown action: constructor'],
    [{ action: 'compute.sandbox.runCode', sandboxId: 'x' }, 400, 'code is required'],
    [{ action: 'compute.sandbox.runCode', code: '' }, 400, 'code is required'],
    [{ action: 'compute.sandbox.runCode', code: 7 }, 400, 'code must be a string'],
    [{ action: 'compute.sandbox.runCode', code: '1', runtime: 'cobol' }, 400, "Unknown runtime 'cobol'"],
    [{ action: 'compute.sandbox.runCommand', sandboxId: 'x' }, 400, 'command is required'],
    [{ action: 'compute.sandbox.runCommand', command: 'ls', args: ['a', 7] }, 400, 'args.1 must be a string'],
    [{ action: 'compute.sandbox.runCommand', command: 'ls', args: 'a' }, 400, 'args must be an array'],
    [{ action: 'compute.sandbox.runCommand', command: 'ls', commandOptions: { timeout: 'x' } }, 400, 'commandOptions.timeout must be a number'],
    [{ action: 'compute.sandbox.runCommand', command: 'ls', commandOptions: { timeout: 0 } }, 400, 'commandOptions.timeout must be at least 1'],
    [
      { action: 'compute.sandbox.runCommand', command: 'ls', commandOptions: { timout: 1 } },
      400,
      "Unknown option 'timout' of commandOptions: did you mean 'timeout'?",
    ],
    [
      { action: 'compute.sandbox.runCommand', command: 'ls', commandOptions: { env: { 'A;B': '' } } },
      400,
      "'A;B' is not a name of an environment variable",
    ],
    [
      { action: 'compute.sandbox.runCommand', command: 'ls', commandOptions: { background: true } },
      400,
      'sandboxId is required for a background command',
    ],
    [{ action: 'compute.sandbox.getInfo' }, 400, 'sandboxId is required for this action'],
    [{ action: 'compute.sandbox.getInfo', sandboxId: '' }, 400, 'sandboxId is required for this action'],
    [{ action: 'compute.sandbox.destroy' }, 400, 'sandboxId is required for destroy action'],
    [{ action: 'compute.sandbox.filesystem.readFile', sandboxId: 'x' }, 400, 'path is required'],
    [{ action: 'compute.sandbox.filesystem.writeFile', sandboxId: 'x', path: 'p' }, 400, 'content is required'],
    [{ action: 'compute.sandbox.filesystem.writeFile', sandboxId: 'x', path: 'p', content: '!', encoding: 'base64' }, 400, 'content is not base64'],
    [{ action: 'compute.sandbox.filesystem.readFile', sandboxId: 'x', path: 'p', encoding: 'hex' }, 400, 'encoding must be one of utf8, base64'],
    [{ action: 'compute.sandbox.getUrl', sandboxId: 'x', port: 70000 }, 400, 'port must be at most 65535'],
    [{ action: 'compute.sandbox.list', pth: 'x' }, 400, "Unknown option 'pth' of request: did you mean 'path'?"],
    [{ action: 'compute.sandbox.filesystem.readFile', sandboxId: 'gone', path: 'p' }, 404, 'Sandbox gone not found'],
  ])('%j → %i %s', async (body, status, error) => {
    const answer = await call(body);
    expect(answer.body).toMatchObject({ success: false, error, provider: 'process' });
    expect(answer.status).toBe(status);
  });

  test('a field that is at fault is named in the answer', async () => {
    expect((await call({ action: 'compute.sandbox.getUrl', sandboxId: 'x' })).body).toMatchObject({ field: 'port', error: 'port is required' });
  });

  test('other methods are 405', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await handleComputeRequest({ request: new Request('http://test/', { method }), provider });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
      expect(await response.json()).toMatchObject({ success: false, error: 'Only POST requests are supported' });
    }
  });
});

describe('the size of a body', () => {
  const big = { action: 'compute.sandbox.filesystem.writeFile', content: 'x'.repeat(2000) };

  test('past the limit the answer is 413, whether the length is declared or not', async () => {
    expect(await call(big, { maxBodyBytes: 1000 })).toMatchObject({ status: 413, body: { error: 'Request body is larger than 1000 bytes' } });
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(512).fill(32));
      },
    });
    const request = new Request('http://test/', { method: 'POST', body: endless, duplex: 'half' });
    const response = await handleComputeRequest({ request, provider, maxBodyBytes: 4096 });
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });

  test('10 MiB is the default', async () => {
    const request = post('{}', { headers: { 'content-length': String(10 * 1024 * 1024 + 1) } });
    expect((await handleComputeRequest({ request, provider })).status).toBe(413);
  });
});

describe('the size of an answer', () => {
  const run = (commandOptions: object, command = 'printf 123456') => ({ action: 'compute.sandbox.runCommand', command, commandOptions });

  test('output past maxOutput is 413 and says what to do', async () => {
    const tooLong = { status: 413, body: { code: 'output_limit', suggestion: expect.stringContaining('maxOutput') as string } };
    expect(await call(run({ maxOutput: 5 }))).toMatchObject(tooLong);
    expect(await call(run({}), { maxOutputBytes: 5 })).toMatchObject(tooLong);
    expect(await call({ action: 'compute.sandbox.runCode', code: 'print(123456)', commandOptions: { maxOutput: 5 } })).toMatchObject(tooLong);
    expect((await call(run({ maxOutput: 6 }), { maxOutputBytes: 6 })).body.result).toMatchObject({ stdout: '123456' });
    expect(provider.live.size).toBe(0);
  });

  test('a request cannot raise what the application allows', async () => {
    const refused = { status: 400, body: { field: 'commandOptions.maxOutput' } };
    expect(await call(run({ maxOutput: 7 }), { maxOutputBytes: 6 })).toMatchObject(refused);
    expect(await call(run({ maxOutput: 0 }))).toMatchObject(refused);
  });

  test('a provider that keeps no limit is held to it all the same', async () => {
    const sandbox = await provider.sandbox.create();
    const careless: Provider = {
      ...provider,
      sandbox: {
        ...provider.sandbox,
        getById: async () => ({ ...sandbox, runCommand: (command: string) => sandbox.runCommand(command) }),
      },
    };
    expect(await call({ ...run({ maxOutput: 5 }), sandboxId: sandbox.sandboxId }, {}, careless)).toMatchObject({ status: 413 });
  });

  test('a file past maxOutputBytes is 413, too', async () => {
    const { sandboxId, filesystem } = await provider.sandbox.create();
    await filesystem.writeFile('file', '123456');
    const read = { action: 'compute.sandbox.filesystem.readFile', sandboxId, path: 'file' };
    for (const encoding of ['utf8', 'base64']) {
      expect(await call({ ...read, encoding }, { maxOutputBytes: 5 })).toMatchObject({ status: 413, body: { code: 'file_too_large' } });
      expect((await call({ ...read, encoding }, { maxOutputBytes: 6 })).status).toBe(200);
    }
  });

  test.each([0, 1.5, 2 ** 26, '5'])('maxOutputBytes of %j is refused', async (maxOutputBytes) => {
    await expect(call({}, { maxOutputBytes: maxOutputBytes as number })).rejects.toMatchObject({ field: 'maxOutputBytes' });
  });
});

describe('failures of the provider', () => {
  test('have their status, their facts, and no stack', async () => {
    const error = new Error('Something broke\n    at create (/srv/app/secret.js:1:1)\n    at async next (/srv/app/x.js:2:2)');
    const seen = vi.fn();
    const answer = await call({ action: 'compute.sandbox.create' }, { onError: seen }, processProvider({ createError: error }));
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      success: false,
      error: 'Something broke',
      code: 'internal',
      retryable: false,
      sandboxId: '',
      provider: 'process',
    });
    expect(seen).toHaveBeenCalledWith(error, expect.objectContaining({ action: 'compute.sandbox.create' }));
  });

  test('a defect is logged when nothing else is told of it', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await call({ action: 'compute.sandbox.create' }, {}, processProvider({ createError: new Error('x') }));
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  test('limits are 429, with Retry-After in seconds', async () => {
    const limited = processProvider({ createError: new RateLimitError('Slow down', { retryAfterMs: 1500 }) });
    const answer = await call({ action: 'compute.sandbox.create' }, {}, limited);
    expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited', retryable: true, retryAfterMs: 1500 } });
    expect(answer.headers.get('retry-after')).toBe('2');
    const full = processProvider({ createError: new QuotaExceededError('Modal quota exceeded') });
    expect((await call({ action: 'compute.sandbox.create' }, {}, full)).status).toBe(429);
  });

  test("the provider's own credentials are no 401 for the client", async () => {
    const refused = processProvider({ createError: new AuthenticationError('Modal authentication failed') });
    expect(await call({ action: 'compute.sandbox.create' }, {}, refused)).toMatchObject({
      status: 500,
      body: { error: 'Modal authentication failed', code: 'authentication_failed' },
    });
  });
});

describe('authorize', () => {
  const body = { action: 'compute.sandbox.list' };

  test.each([
    [true, 200],
    [false, 403],
    [403, 403],
    [401, 401],
    [undefined as never, 403],
  ] as const)('%s is answered with %i', async (verdict, status) => {
    expect((await call(body, { authorize: () => verdict })).status).toBe(status);
  });

  test('sees the request and what it wants, before anything is done', async () => {
    const authorize = vi.fn(async ({ request }) => request?.headers.get('authorization') === 'Bearer good');
    const wanted = { action: 'compute.sandbox.destroy', sandboxId: 'process-1' };
    await provider.sandbox.create();
    expect((await call(wanted, { authorize })).status).toBe(403);
    expect(provider.live.size).toBe(1);
    expect(authorize).toHaveBeenCalledWith({ request: expect.any(Request), action: wanted.action, sandboxId: 'process-1', body: wanted });
    const good = post(wanted, { headers: { authorization: 'Bearer good' } });
    expect((await handleComputeRequest({ request: good, provider, authorize })).status).toBe(200);
  });

  test('may throw its own message, and a throw of another kind is a 500 that lets nothing through', async () => {
    const authorize = (): never => {
      throw new AuthenticationError('Sign in first');
    };
    expect(await call(body, { authorize })).toMatchObject({ status: 401, body: { error: 'Sign in first' } });
    const broken = (): never => {
      throw new Error('database away');
    };
    expect((await call(body, { authorize: broken, onError: () => {} })).status).toBe(500);
  });

  test('asks for credentials in the plain response, too', async () => {
    const answer = await handleComputeRequest({ request: { action: 'compute.sandbox.list' }, provider, authorize: () => 401 });
    expect(answer).toMatchObject({ success: false, code: 'unauthenticated' });
    expect(httpStatus(answer.code)).toBe(401);
  });

  test('guards plain bodies too', async () => {
    expect(await handleComputeRequest({ request: { action: 'compute.sandbox.list' }, provider, authorize: () => false })).toMatchObject({
      success: false,
      code: 'permission_denied',
    });
  });
});

describe('cors', () => {
  const origin = 'https://app.example';
  const preflight = () => new Request('http://test/', { method: 'OPTIONS', headers: { origin } });

  test('is off by default', async () => {
    expect((await call({ action: 'compute.sandbox.list' })).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('true lets every site in, and answers preflights', async () => {
    const response = await handleComputeRequest({ request: preflight(), provider, cors: true });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, authorization',
      'access-control-max-age': '600',
    });
    expect((await call({ action: 'compute.sandbox.list' }, { cors: true })).headers.get('access-control-allow-origin')).toBe('*');
  });

  test('named origins are let in, others not', async () => {
    for (const allowed of [origin, [origin], (from: string) => from === origin]) {
      const cors = { origin: allowed, credentials: true };
      const response = await handleComputeRequest({ request: preflight(), provider, cors });
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      expect(response.headers.get('access-control-allow-credentials')).toBe('true');
      expect(response.headers.get('vary')).toBe('origin');
    }
    const other = await handleComputeRequest({ request: preflight(), provider, cors: { origin: 'https://else.example' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('cookies for every site are refused', async () => {
    await expect(handleComputeRequest({ request: preflight(), provider, cors: { credentials: true } })).rejects.toThrow('cors.origin');
  });
});

describe('live output', () => {
  const accept = { headers: { accept: 'text/event-stream' } };

  test('comes as events while the program runs, then the result', async () => {
    const command = 'echo one; echo two >&2; exit 3';
    const response = await handleComputeRequest({ request: post({ action: 'compute.sandbox.runCommand', command }, accept), provider });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text()).trim().split('\n\n');
    expect(events).toContain('event: stdout\ndata: {"data":"one\\n"}');
    expect(events).toContain('event: stderr\ndata: {"data":"two\\n"}');
    const last = events.at(-1)?.match(/^event: result\ndata: (.*)$/)?.[1] ?? '';
    expect(JSON.parse(last)).toMatchObject({ success: true, result: { stdout: 'one\n', stderr: 'two\n', exitCode: 3 } });
  });

  test('arrives before the program ends', async () => {
    const sandbox = await provider.sandbox.create();
    const body = { action: 'compute.sandbox.runCommand', sandboxId: sandbox.sandboxId, command: 'echo ready; until [ -e go ]; do sleep 0.02; done' };
    const response = await handleComputeRequest({ request: post(body, accept), provider });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('ready');
    await sandbox.filesystem.writeFile('go', '');
    expect((await reader?.read())?.value).toContain('"exitCode":0');
  });

  test('what fails before the program runs is a plain answer with its status', async () => {
    const missing = post({ action: 'compute.sandbox.runCommand', sandboxId: 'gone', command: 'ls' }, accept);
    expect((await handleComputeRequest({ request: missing, provider })).status).toBe(404);
    const bad = post({ action: 'compute.sandbox.runCode' }, accept);
    expect((await handleComputeRequest({ request: bad, provider })).status).toBe(400);
    const list = post({ action: 'compute.sandbox.list' }, accept);
    expect((await handleComputeRequest({ request: list, provider })).headers.get('content-type')).toContain('application/json');
  });

  test('with maxOutput 0 is sent whole, however long, and kept nowhere', async () => {
    const body = { action: 'compute.sandbox.runCommand', command: 'yes | head -c 100000', commandOptions: { maxOutput: 0 } };
    const response = await handleComputeRequest({ request: post(body, accept), provider });
    const events = [...(await response.text()).matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, name, data = '']) => ({ name, data: JSON.parse(data) as unknown }));
    const sent = events.flatMap(({ name, data }) => (name === 'stdout' ? [(data as { data: string }).data] : []));
    expect(sent.join('')).toHaveLength(100_000);
    expect(events.at(-1)).toMatchObject({ name: 'result', data: { success: true, result: { stdout: '', exitCode: 0 } } });
  });

  test('ends the program when more waits for the client than may, and says so in the last event', async () => {
    const body = { action: 'compute.sandbox.runCommand', command: 'yes', commandOptions: { maxOutput: 0 } };
    const response = await handleComputeRequest({ request: post(body, accept), provider, maxOutputBytes: 100_000 });
    await expect.poll(() => provider.live.size, { message: 'the program to be ended, though nobody reads' }).toBe(0);
    const text = await response.text();
    expect(text.length).toBeLessThan(110_000);
    const last = text.trim().split('\n\n').at(-1)?.match(/^event: result\ndata: (.*)$/)?.[1] ?? '';
    expect(JSON.parse(last)).toMatchObject({
      success: false,
      code: 'output_limit',
      error: 'More than 100000 bytes of output waited for the client: the program was ended',
      provider: 'process',
    });
  });

  test('breaks the stream, and leaves no timer, when the run fails beyond an answer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const sandbox = await provider.sandbox.create();
      const onError = (): never => {
        throw new Error('the log is away');
      };
      const broken: Provider = {
        ...provider,
        sandbox: { ...provider.sandbox, getById: async () => ({ ...sandbox, runCommand: () => Promise.reject(new Error('broken')) }) },
      };
      const body = { action: 'compute.sandbox.runCommand', command: 'true', sandboxId: sandbox.sandboxId };
      const response = await handleComputeRequest({ request: post(body, accept), provider: broken, onError });
      await expect(response.text()).rejects.toThrow('the log is away');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('ends the program when the client stops reading, and leaves no sandbox', async () => {
    const body = { action: 'compute.sandbox.runCommand', command: 'echo ready; sleep 60' };
    const response = await handleComputeRequest({ request: post(body, accept), provider });
    const reader = response.body?.getReader();
    await reader?.read();
    expect(provider.live.size).toBe(1);
    await reader?.cancel();
    await expect.poll(() => provider.live.size).toBe(0);
  });
});

test('a client that goes away aborts the work', async () => {
  const client = new AbortController();
  const body = { action: 'compute.sandbox.runCommand', command: 'sleep 60' };
  const answer = handleComputeRequest({ request: post(body, { signal: client.signal }), provider });
  await expect.poll(() => provider.live.size).toBe(1);
  client.abort();
  const response = await answer;
  expect(response.status).toBe(499);
  expect(provider.live.size).toBe(0);
});
