// The engine as hostile, impatient and unlucky clients meet it: calls made by hand, without the SDK's good manners.

import { randomUUID } from 'node:crypto';

import { createChannel, createClient, Metadata, type Channel } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ModalClientDefinition, type ModalClientClient } from '../src/wire/gen/modal/client.js';
import {
  TaskCommandRouterDefinition,
  TaskExecStderrConfig,
  TaskExecStdioFileDescriptor,
  TaskExecStdoutConfig,
  type TaskCommandRouterClient,
  type TaskExecStdinWriteStreamRequest,
} from '../src/wire/gen/modal/task_command_router.js';
import { testEngine } from './engine.js';

const engine = testEngine();

let channel: Channel;
let control: ModalClientClient;
let router: TaskCommandRouterClient;
const MESSAGES = { 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 };

beforeAll(() => {
  channel = createChannel(engine.local.url.replace('http://', ''), undefined, MESSAGES);
  control = createClient(ModalClientDefinition, channel);
  router = createClient(TaskCommandRouterDefinition, channel);
});
afterAll(() => {
  channel.close();
});

function credentials(extra: Record<string, string> = {}) {
  const { MODAL_TOKEN_ID = '', MODAL_TOKEN_SECRET = '' } = engine.local.env;
  return { metadata: Metadata({ 'x-modal-token-id': MODAL_TOKEN_ID, 'x-modal-token-secret': MODAL_TOKEN_SECRET, ...extra }) };
}

interface Task {
  sandboxId: string;
  taskId: string;
  bearer: { metadata: Metadata };
}

async function createTask(options: { key?: string; command?: string[] } = {}): Promise<Task> {
  const request = { appId: engine.app.appId, definition: { imageId: engine.image.imageId, entrypointArgs: options.command ?? [], timeoutSecs: 120 } };
  const created = await control.sandboxCreateV2(request, credentials(options.key === undefined ? {} : { 'x-idempotency-key': options.key }));
  const { sandboxId, taskId, commandRouterAccess } = created;
  return { sandboxId, taskId, bearer: bearer(commandRouterAccess?.jwt ?? '') };
}

function bearer(jwt: string) {
  return { metadata: Metadata({ authorization: `Bearer ${jwt}` }) };
}

async function startExec({ taskId, bearer }: Task, ...commandArgs: string[]): Promise<{ taskId: string; execId: string }> {
  const exec = { taskId, execId: randomUUID() };
  await router.taskExecStart(
    { ...exec, commandArgs, stdoutConfig: TaskExecStdoutConfig.TASK_EXEC_STDOUT_CONFIG_PIPE, stderrConfig: TaskExecStderrConfig.TASK_EXEC_STDERR_CONFIG_PIPE },
    bearer,
  );
  return exec;
}

const STDOUT = TaskExecStdioFileDescriptor.TASK_EXEC_STDIO_FILE_DESCRIPTOR_STDOUT;

async function stdoutFrom({ bearer }: Task, exec: { taskId: string; execId: string }, offset: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const { data } of router.taskExecStdioRead({ ...exec, offset, fileDescriptor: STDOUT }, bearer)) chunks.push(data);
  return Buffer.concat(chunks);
}

describe('a call that is sent again', () => {
  it('creates one sandbox, whether the first has been answered or not', async () => {
    const key = randomUUID();
    const [first, second] = await Promise.all([createTask({ key }), createTask({ key })]);
    const third = await createTask({ key });
    expect(second.sandboxId).toBe(first.sandboxId);
    expect(third.sandboxId).toBe(first.sandboxId);
    expect((await createTask({ key: randomUUID() })).sandboxId).not.toBe(first.sandboxId);
  });

  it('starts one process', async () => {
    const task = await createTask();
    const exec = { taskId: task.taskId, execId: randomUUID() };
    const start = () => router.taskExecStart({ ...exec, commandArgs: ['sh', '-c', 'echo x >> /tmp/count'] }, task.bearer);
    await Promise.all([start(), start()]);
    await router.taskExecWait(exec, task.bearer);
    await start();
    expect(String(await stdoutFrom(task, await startExec(task, 'cat', '/tmp/count'), 0))).toBe('x\n');
  });

  it('writes stdin once, and never over a gap', async () => {
    const task = await createTask();
    const exec = await startExec(task, 'cat');
    const write = (offset: number, text: string, eof = false) => router.taskExecStdinWrite({ ...exec, offset, data: Buffer.from(text), eof }, task.bearer);
    await write(0, 'hello ');
    await write(0, 'hello ');
    await expect(write(99, 'x')).rejects.toThrow('FAILED_PRECONDITION');
    await write(6, 'world', true);
    expect(String(await stdoutFrom(task, exec, 0))).toBe('hello world');
  });
});

describe('a stream', () => {
  it('of output is taken up at any offset, while the process runs and after it', async () => {
    const task = await createTask();
    const exec = await startExec(task, 'sh', '-c', 'seq 1 300000; sleep 0.2; echo end');
    const whole = await stdoutFrom(task, exec, 0);
    expect(String(whole.subarray(-4))).toBe('end\n');
    for (const offset of [1, 65_536, 1_000_001, whole.length - 3, whole.length, whole.length + 10]) {
      expect((await stdoutFrom(task, exec, offset)).equals(whole.subarray(offset)), `from ${offset}`).toBe(true);
    }
  });

  it('of output that is cancelled disturbs neither the process nor the next reader', async () => {
    const task = await createTask();
    const exec = await startExec(task, 'sh', '-c', 'echo before; read line; echo after');
    const leaving = new AbortController();
    const read = router.taskExecStdioRead({ ...exec, offset: 0, fileDescriptor: STDOUT }, { ...task.bearer, signal: leaving.signal })[Symbol.asyncIterator]();
    expect(String((await read.next()).value?.data)).toBe('before\n');
    leaving.abort();
    await expect(read.next()).rejects.toThrow('aborted');
    await router.taskExecStdinWrite({ ...exec, offset: 0, data: Buffer.from('\n'), eof: true }, task.bearer);
    expect(String(await stdoutFrom(task, exec, 7))).toBe('after\n');
  });

  it('of input that breaks off leaves stdin open, and is resumed where the status says', async () => {
    const task = await createTask();
    const exec = await startExec(task, 'cat');
    const leaving = new AbortController();
    const broken = router.taskExecStdinWriteStream(halfOf(exec), { ...task.bearer, signal: leaving.signal });
    const failed = expect(broken).rejects.toThrow('aborted');
    const output = router.taskExecStdioRead({ ...exec, offset: 0, fileDescriptor: STDOUT }, task.bearer)[Symbol.asyncIterator]();
    expect(String((await output.next()).value?.data)).toBe('half ');
    leaving.abort();
    await failed;
    const { numBytesWritten, closed } = await router.taskExecStdinStatus(exec, task.bearer);
    expect({ numBytesWritten, closed }).toEqual({ numBytesWritten: 5, closed: false });
    await router.taskExecStdinWriteStream(restOf(exec, numBytesWritten), task.bearer);
    expect(String(await stdoutFrom(task, exec, 0))).toBe('half and the rest');
    expect(await router.taskExecStdinStatus(exec, task.bearer)).toMatchObject({ numBytesWritten: 17, closed: true });
  });

  it('of input begins with its start', async () => {
    const task = await createTask();
    const stream = (async function* (): AsyncGenerator<Partial<TaskExecStdinWriteStreamRequest>> {
      yield { data: Buffer.from('x') };
    })();
    await expect(router.taskExecStdinWriteStream(stream, task.bearer)).rejects.toThrow('INVALID_ARGUMENT');
  });
});

async function* halfOf(exec: { taskId: string; execId: string }): AsyncGenerator<Partial<TaskExecStdinWriteStreamRequest>> {
  yield { start: { ...exec, offset: 0 } };
  yield { data: Buffer.from('half ') };
  await new Promise(() => undefined);
}

async function* restOf(exec: { taskId: string; execId: string }, offset: number): AsyncGenerator<Partial<TaskExecStdinWriteStreamRequest>> {
  yield { start: { ...exec, offset } };
  yield { data: Buffer.from('and the rest') };
  yield { end: {} };
}

describe('a long poll', () => {
  it('lasts as long as it may, and not a moment longer than it must', async () => {
    const task = await createTask();
    const started = Date.now();
    expect((await control.sandboxWaitV2({ sandboxId: task.sandboxId, timeout: 0.4 }, credentials())).result).toBeUndefined();
    expect(Date.now() - started).toBeGreaterThanOrEqual(395);
    const waiting = control.sandboxWaitV2({ sandboxId: task.sandboxId, timeout: 600 }, credentials());
    await control.sandboxTerminateV2({ sandboxId: task.sandboxId }, credentials());
    expect((await waiting).result?.exitcode).toBe(137);
  });
});

describe('a caller', () => {
  it('commands only the sandbox that its token is for', async () => {
    const [one, other] = await Promise.all([createTask(), createTask()]);
    const exec = await startExec(one, 'true');
    for (const wrong of [other.bearer, bearer('a.b.c'), bearer(''), { metadata: Metadata() }]) {
      await expect(router.taskExecWait(exec, wrong)).rejects.toThrow('UNAUTHENTICATED');
      await expect(stdoutFrom({ ...one, bearer: wrong }, exec, 0)).rejects.toThrow('UNAUTHENTICATED');
    }
  });

  it('without the engine’s token is refused before its request is looked at', async () => {
    await expect(control.sandboxTerminateV2({ sandboxId: 'sb-nothing' })).rejects.toThrow('UNAUTHENTICATED');
    await expect(control.sandboxCreateV2({ definition: { customDomain: 'not.served' } })).rejects.toThrow('UNAUTHENTICATED');
    await expect(control.sandboxTerminateV2({ sandboxId: 'sb-nothing' }, credentials())).rejects.toThrow('NOT_FOUND');
  });

  it('that sends more than a message may hold is refused, and the next one is served', async () => {
    const task = await createTask();
    const exec = await startExec(task, 'wc', '-c');
    await expect(router.taskExecStdinWrite({ ...exec, offset: 0, data: Buffer.alloc(101 * 1024 * 1024) }, task.bearer)).rejects.toThrow('RESOURCE_EXHAUSTED');
    await router.taskExecStdinWrite({ ...exec, offset: 0, data: Buffer.alloc(99 * 1024 * 1024), eof: true }, task.bearer);
    expect(String(await stdoutFrom(task, exec, 0)).trim()).toBe(String(99 * 1024 * 1024));
  });

  it('is told what is wrong with a command', async () => {
    const task = await createTask();
    const start = (commandArgs: string[], rest = {}) => router.taskExecStart({ taskId: task.taskId, execId: randomUUID(), commandArgs, ...rest }, task.bearer);
    await expect(start([])).rejects.toThrow('INVALID_ARGUMENT');
    await expect(start(['echo', 'x'.repeat(65_536)])).rejects.toThrow('ARG_MAX');
    await expect(start(['pwd'], { workdir: 'here' })).rejects.toThrow('absolute');
    await expect(start(['true'], { secretIds: ['st-none'] })).rejects.toThrow("Secret 'st-none' not found");
  });

  it('that starts a thousand commands at once gets them all', async () => {
    const task = await createTask();
    const execs = await Promise.all(Array.from({ length: 1_000 }, () => startExec(task, 'true')));
    const exits = await Promise.all(execs.map((exec) => router.taskExecWait(exec, task.bearer)));
    expect(exits.every(({ code }) => code === 0)).toBe(true);
  });
});
