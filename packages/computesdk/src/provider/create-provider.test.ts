import { afterEach, expect, expectTypeOf, test, vi } from 'vitest';
import { type ProcessSandbox, processProvider } from '../../test/process-provider.js';
import { createCompute, createProvider, type ExecutionResult, InvalidArgumentError, type RunCommandOptions, type Sandbox } from '../index.js';

const provider = processProvider();
afterEach(() => provider[Symbol.asyncDispose]());

test('an argument array runs the program without a shell', async () => {
  await using sandbox = await provider.sandbox.create();
  const result = await sandbox.runCommand('printf', ['%s\n', '$HOME; echo "x"', '*']);
  expect(result).toMatchObject({ stdout: '$HOME; echo "x"\n*\n', exitCode: 0, provider: 'process', sandboxId: sandbox.sandboxId });
  expect(result.durationMs).toBe(result.executionTime);
});

test('a string alone is a line for a shell', async () => {
  await using sandbox = await provider.sandbox.create();
  const result = await sandbox.runCommand('for n in 1 2; do echo $n$A; done', { env: { A: 'x' } });
  expect(result.stdout).toBe('1x\n2x\n');
});

test('a missing program is exit code 127, not an error', async () => {
  await using sandbox = await provider.sandbox.create();
  expect((await sandbox.runCommand('no-such-program', [])).exitCode).toBe(127);
  expect((await sandbox.runCommand('no-such-program')).exitCode).toBe(127);
});

test('a background command returns at once with a true process id', async () => {
  await using sandbox = await provider.sandbox.create();
  const { pid, isBackground } = await sandbox.runCommand('sleep', ['30'], { background: true });
  expect(isBackground).toBe(true);
  expect((await sandbox.runCommand('tr', ['\\0', ' '], { stdin: '' })).exitCode).toBe(0);
  const named = await sandbox.runCommand(`tr '\\0' ' ' < /proc/${pid}/cmdline`);
  expect(named.stdout.trim()).toBe('sleep 30');
  await sandbox.runCommand('kill', [String(pid)]);
});

test('callbacks receive output; with background they are refused', async () => {
  await using sandbox = await provider.sandbox.create();
  let seen = '';
  await sandbox.runCommand('echo', ['hi'], { onStdout: (data) => (seen += data) });
  expect(seen).toBe('hi\n');
  await expect(sandbox.runCommand('echo', [], { background: true, onStdout: () => {} })).rejects.toThrow(
    'runCommand with streaming callbacks does not support background mode.',
  );
});

test('maxOutput holds whether or not the author of the provider honours it', async () => {
  await using sandbox = await provider.sandbox.create();
  const tooLong = { name: 'OutputLimitError', code: 'output_limit', maxOutput: 5, stdout: '123456', stderr: '' };
  await expect(sandbox.runCommand('printf 123456', { maxOutput: 5 })).rejects.toMatchObject(tooLong);
  await expect(sandbox.runCommand('printf €€', { maxOutput: 5 })).rejects.toMatchObject({ code: 'output_limit' });
  expect((await sandbox.runCommand('printf 123456', { maxOutput: 6 })).stdout).toBe('123456');
  let heard = '';
  const listen = { onStdout: (data: string) => (heard += data), onStderr: () => {} };
  expect((await sandbox.runCommand('printf 123456', { maxOutput: 0, ...listen })).stdout).toBe('');
  expect(heard).toBe('123456');
});

test('unknown and malformed options are named', async () => {
  await using sandbox = await provider.sandbox.create();
  await expect(sandbox.runCommand('true', [], { timeuot: 1 } as object)).rejects.toMatchObject({
    code: 'unknown_option',
    field: 'timeuot',
    message: "Unknown option 'timeuot' of runCommand(): did you mean 'timeout'?",
  });
  await expect(sandbox.runCommand('true', [], { env: { 'X; echo INJECTED #': '1' } })).rejects.toMatchObject({
    code: 'invalid_argument',
    field: 'env.X; echo INJECTED #',
  });
  await expect(sandbox.runCommand('true', [], { timeout: -1 })).rejects.toMatchObject({ field: 'timeout' });
});

test('runCode runs Python and Node', async () => {
  await using sandbox = await provider.sandbox.create();
  expect((await sandbox.runCode('print(1 + 1)')).stdout).toBe('2\n');
  expect((await sandbox.runCode('console.log(1 + 1)', 'node')).stdout).toBe('2\n');
  expect((await sandbox.runCode('console.log(process.env.A)', { runtime: 'node', env: { A: 'b' } })).stdout).toBe('b\n');
});

test('getById asks the service: a destroyed sandbox is null', async () => {
  const sandbox = await provider.sandbox.create();
  expect((await provider.sandbox.getById(sandbox.sandboxId))?.sandboxId).toBe(sandbox.sandboxId);
  await sandbox.destroy();
  expect(sandbox.isDestroyed).toBe(true);
  expect(await provider.sandbox.getById(sandbox.sandboxId)).toBeNull();
});

test('getInfo fills both generations of names and turns text into a date', async () => {
  await using sandbox = await provider.sandbox.create({ metadata: { team: 'a' } });
  expect(await sandbox.getInfo()).toEqual({
    id: sandbox.sandboxId,
    sandboxId: sandbox.sandboxId,
    provider: 'process',
    runtime: 'python',
    status: 'running',
    createdAt: expect.any(Date),
    timeout: 300_000,
    metadata: { team: 'a' },
  });
});

test('an aborted create rejects at once and leaves no sandbox behind', async () => {
  const gate = withResolvers();
  await using slow = processProvider({ beforeCreate: () => gate.promise });
  const controller = new AbortController();
  const creation = slow.sandbox.create({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(creation).rejects.toMatchObject({ name: 'AbortError', code: 'aborted', cause: new Error('enough') });
  gate.resolve();
  await expect.poll(() => slow.live.size).toBe(0);
  await expect(slow.sandbox.create({ signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

test('getInstance has the native type', async () => {
  const compute = createCompute({ defaultProvider: provider });
  await using sandbox = await compute.sandbox.create();
  expectTypeOf(sandbox.getInstance()).toEqualTypeOf<ProcessSandbox>();
  expect(sandbox.getInstance().directory).toContain('computesdk-test-');
  expect(sandbox.getProvider()).toBe(provider);
});

test('an author sees the arguments that the caller gave, and no undefined behind them', async () => {
  const config = { key: 'k' };
  const sandbox = recorded();
  const acme = createProvider<object, typeof config>({ name: 'acme', methods: { sandbox } })(config);
  const compute = createCompute({ defaultProvider: acme });
  await compute.sandbox.getById('a');
  await compute.sandbox.destroy('a');
  await compute.sandbox.list();
  const made = await compute.sandbox.create();
  await made.getInfo();
  await made.runCommand('ls', ['-la']);
  await made.runCommand('ls', { cwd: '/' });
  await made.runCode('1');
  await made.runCode('1', { runtime: 'node', cwd: '/' });
  expect(sandbox.getById).toHaveBeenCalledWith(config, 'a');
  expect(sandbox.destroy).toHaveBeenCalledWith(config, 'a');
  expect(sandbox.list).toHaveBeenCalledWith(config);
  expect(sandbox.getInfo).toHaveBeenCalledWith({});
  expect(sandbox.runCommand.mock.calls).toEqual([
    [{}, 'ls', ['-la']],
    [{}, 'sh', ['-c', 'ls'], { cwd: '/' }],
    [{}, 'python3', ['-c', '1']],
    [{}, 'node', ['-e', '1'], { cwd: '/' }],
  ]);
});

test('methods written for the first generation are taken, and their answers filled', async () => {
  const lastModified = new Date('2025-10-10T00:00:00Z');
  const acme = createProvider<object, object>({
    name: 'acme',
    methods: {
      sandbox: {
        ...recorded(),
        runCommand: async (_native: object, command: string, args: string[] = [], _options?: RunCommandOptions) => done([command, ...args].join(' ')),
        filesystem: {
          readFile: async (native, path, run) => (await run(native, 'cat', [path])).stdout,
          readdir: async () => [{ name: 'a', path: '/d/a', isDirectory: false, size: 3, lastModified }],
          stat: async (_native, path) => ({ name: path, type: 'directory', modified: lastModified.toISOString() }),
        },
      },
    },
  })({});
  const { filesystem } = await acme.sandbox.create();
  expect(await filesystem.readFile('/x')).toBe('cat /x');
  const both = { lastModified, modified: lastModified };
  expect(await filesystem.readdir('/d')).toEqual([{ name: 'a', path: '/d/a', isDirectory: false, type: 'file', size: 3, ...both }]);
  expect(await filesystem.stat('/d')).toEqual({ name: '/d', path: '/d', isDirectory: true, type: 'directory', size: 0, ...both });
});

function done(stdout: string): ExecutionResult {
  return { stdout, stderr: '', exitCode: 0, executionTime: 1, durationMs: 1, sandboxId: 'a', provider: 'acme' };
}

function recorded() {
  const native = { sandbox: {}, sandboxId: 'a' };
  return {
    create: vi.fn(async () => native),
    getById: vi.fn(async () => native),
    list: vi.fn(async () => [native]),
    destroy: vi.fn(async () => {}),
    runCommand: vi.fn(async () => done('')),
    getInfo: vi.fn(async () => ({ status: 'running' as const, createdAt: new Date(), timeout: 1 })),
    getUrl: vi.fn(async () => 'https://a'),
  };
}

test.each<[string, (sandbox: Sandbox) => Promise<unknown>, string]>([
  ['a command with text for its arguments', (sandbox) => sandbox.runCommand('ls', '-la' as never), 'an array of arguments or an object of options'],
  ['background of code', (sandbox) => sandbox.runCode('1', { background: true } as never), "Unknown option 'background' of runCode()"],
  ['a runtime that is a number', (sandbox) => sandbox.runCode('1', 5 as never), 'runCode() takes a runtime or an object of options after the code, got 5'],
  ['a limit that keeps nothing for nobody', (sandbox) => sandbox.runCommand('ls', { maxOutput: 0 }), 'give onStdout and onStderr'],
  ['a limit beyond any string', (sandbox) => sandbox.runCommand('ls', { maxOutput: 2 ** 29 }), 'maxOutput must be a whole number of bytes from 1 to'],
  ['a limit of what is not kept', (sandbox) => sandbox.runCommand('ls', { maxOutput: 5, background: true }), 'maxOutput does not hold for a background command'],
  ['a callback that is none', (sandbox) => sandbox.runCommand('ls', { onStdout: 'x' as never }), "onStdout must be a function, got 'x'"],
  ['input that is a number', (sandbox) => sandbox.runCommand('cat', { stdin: 5 as never }), 'stdin must be a string or a Uint8Array, got 5'],
  ['a signal that is none', (sandbox) => sandbox.runCommand('ls', { signal: {} as never }), 'signal must be an AbortSignal, got an object'],
  ['background that is text', (sandbox) => sandbox.runCommand('ls', { background: 'yes' as never }), "background must be true or false, got 'yes'"],
  ['a file without a path', (sandbox) => sandbox.filesystem.readFile(undefined as never), 'path must be a non-empty string'],
  ['a file without content', (sandbox) => sandbox.filesystem.writeFile('/x', undefined as never), 'content must be a string or a Uint8Array, got undefined'],
  ['a URL without a port', (sandbox) => sandbox.getUrl(undefined as never), 'getUrl() takes { port, protocol? }, got undefined'],
  ['a URL with a port in text', (sandbox) => sandbox.getUrl({ port: '80' as never }), 'port must be a whole number from 1 to 65535'],
])('%s is refused in words', async (_name, call, message) => {
  await using sandbox = await provider.sandbox.create();
  await expect(call(sandbox)).rejects.toThrow(InvalidArgumentError);
  await expect(call(sandbox)).rejects.toThrow(message);
});
