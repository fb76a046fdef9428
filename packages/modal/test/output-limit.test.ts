// What a program that nobody trusts may put into the caller's memory.

import type { ModalSandbox } from '@computesdk/modal';
import { CodeSyntaxError, InvalidArgumentError, OutputLimitError } from 'computesdk';
import { beforeEach, describe, expect, test } from 'vitest';

import { eventually, testModal } from './modal.js';

const modal = testModal();
let sandbox: ModalSandbox;
beforeEach(async () => {
  sandbox = await modal.sandbox();
});

const isRunning = async (program: string): Promise<boolean> =>
  (await sandbox.runCommand("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).stdout.includes(program);

async function failureOf(call: Promise<unknown>): Promise<OutputLimitError> {
  const failure: unknown = await call.catch((error: unknown) => error);
  if (failure instanceof OutputLimitError) return failure;
  throw new Error(`The call gave ${String(failure)}`);
}

describe('a program that prints without end', () => {
  test.each([
    ['standard output', ['yes', ['7373']], 'stdout'],
    ['standard error', ['sh', ['-c', 'exec yes 7373 >&2']], 'stderr'],
  ] as const)('to %s is killed at maxOutput; the error holds the output so far', async (_name, [program, args], stream) => {
    const failure = await failureOf(sandbox.runCommand(program, args, { maxOutput: 1_000_000 }));
    expect(failure).toMatchObject({ code: 'output_limit', retryable: false, maxOutput: 1_000_000 });
    expect(failure.message).toContain('1000000 bytes');
    expect(failure.suggestion).toContain('maxOutput');
    expect(failure[stream]).toBe('7373\n'.repeat(200_000));
    await eventually(async () => !(await isRunning('yes 7373')), 'the program to be killed');
  });

  test.each([
    ['python', 'while True: print("x" * 1000)'],
    ['node', 'for (;;) require("fs").writeSync(1, "x".repeat(1000))'],
  ] as const)('in %s ends with the same error', async (runtime, code) => {
    expect((await failureOf(sandbox.runCode(code, runtime, { maxOutput: 10_000 }))).stdout).toHaveLength(10_000);
  });

  test('ends at the default of the provider, which a call may override', async () => {
    const strict = modal.another({ maxOutput: 1000 });
    await using mine = await strict.sandbox.create();
    expect(await failureOf(mine.runCommand('yes'))).toMatchObject({ maxOutput: 1000 });
    expect((await mine.runCommand('yes | head -c 5000', { maxOutput: 5000 })).stdout).toHaveLength(5000);
    const background = await mine.startCommand('yes | head -c 5000');
    await background.wait();
    expect(await failureOf(background.readLog())).toMatchObject({ maxOutput: 1000 });
    expect(() => modal.another({ maxOutput: 0 })).toThrow(InvalidArgumentError);
  });
});

test('exactly maxOutput bytes are a result', async () => {
  expect((await sandbox.runCommand('printf 12345; printf 123 >&2', { maxOutput: 5 }))).toMatchObject({ stdout: '12345', stderr: '123' });
  expect(await failureOf(sandbox.runCommand('printf 123456', { maxOutput: 5 }))).toMatchObject({ stdout: '12345', stderr: '' });
});

test('a limit counts bytes, and cuts no letter', async () => {
  expect((await failureOf(sandbox.runCommand('printf %s €€€', { maxOutput: 5 }))).stdout).toBe('€');
});

describe('maxOutput: 0', () => {
  test('leaves the output to the callbacks, however long', async () => {
    let [out, err] = [0, ''];
    const result = await sandbox.runCommand("head -c 3000000 /dev/zero | tr '\\0' x; echo end >&2", {
      maxOutput: 0,
      onStdout: (data) => (out += data.length),
      onStderr: (data) => (err += data),
    });
    expect(result).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
    expect({ out, err }).toEqual({ out: 3_000_000, err: 'end\n' });
  });

  test('still tells code that does not parse', async () => {
    const heard: string[] = [];
    const options = { maxOutput: 0, onStdout: () => {}, onStderr: (data: string) => heard.push(data) };
    await expect(sandbox.runCode('a b', 'python', options)).rejects.toThrow(CodeSyntaxError);
    expect(heard).toEqual([]);
  });

  test('needs both callbacks', async () => {
    await expect(sandbox.runCommand('true', { maxOutput: 0, onStdout: () => {} })).rejects.toThrow('give onStdout and onStderr');
  });
});

test.each([-1, 1.5, 2 ** 29, '5'])('%j is no limit', async (maxOutput) => {
  await expect(sandbox.runCommand('true', { maxOutput: maxOutput as number })).rejects.toMatchObject({ code: 'invalid_argument', field: 'maxOutput' });
});

test('a background command, whose output no result keeps, takes no limit', async () => {
  await expect(sandbox.runCommand('true', { background: true, maxOutput: 5 })).rejects.toMatchObject({ field: 'maxOutput' });
});

test('a command whose callback throws is killed', async () => {
  const failing = sandbox.runCommand('echo x; exec sleep 6262', {
    onStdout: () => {
      throw new RangeError('mine');
    },
  });
  await expect(failing).rejects.toThrow(new RangeError('mine'));
  await eventually(async () => !(await isRunning('sleep 6262')), 'the sleep to be killed');
});

test('a log of any length is searched for a string', async () => {
  const strict = modal.another({ maxOutput: 1000 });
  await using mine = await strict.sandbox.create();
  const printing = await mine.startCommand('yes | head -c 3000000; echo ready; sleep 60');
  expect(await printing.waitForLog('ready')).toBe('ready');
  const ended = await mine.startCommand('yes | head -c 3000000; echo ready');
  await ended.wait();
  expect(await ended.waitForLog('ready')).toBe('ready');
});
