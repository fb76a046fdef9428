import type { ModalSandbox } from '@computesdk/modal';
import { InvalidArgumentError, UnknownOptionError, UnsupportedError } from 'computesdk';
import { beforeEach, describe, expect, test } from 'vitest';

import { eventually, testModal } from './modal.js';

const modal = testModal();
let sandbox: ModalSandbox;
beforeEach(async () => {
  sandbox = await modal.sandbox();
});

describe('with an array of arguments', () => {
  test('the arguments reach the program as they are, without a shell', async () => {
    const odd = ['a b', '$HOME', '`id`', "it's", '"q"', '*', '', '-n', 'ü\n2', '; echo x'];
    const { stdout, exitCode } = await sandbox.runCommand('printf', ['[%s]', ...odd]);
    expect(stdout).toBe(odd.map((argument) => `[${argument}]`).join(''));
    expect(exitCode).toBe(0);
  });

  test('an empty array is a program without arguments', async () => {
    expect(await sandbox.runCommand('pwd', [])).toMatchObject({ stdout: '/\n', exitCode: 0 });
  });

  test('a program that is not there gives 127', async () => {
    const result = await sandbox.runCommand('no-such-program', ['x']);
    expect(result.exitCode).toBe(127);
    expect(result.stderr).toContain('no-such-program');
  });

  test('what is not a string is refused', async () => {
    // @ts-expect-error -- a number is no argument
    await expect(sandbox.runCommand('echo', [1])).rejects.toThrow(InvalidArgumentError);
  });
});

describe('with a string alone', () => {
  test('a shell runs it', async () => {
    const { stdout } = await sandbox.runCommand('for i in 1 2 3; do echo $((i * 2)); done | tail -n 2');
    expect(stdout).toBe('4\n6\n');
  });

  test('the exit code is the last command\'s', async () => {
    expect(await sandbox.runCommand('echo out; echo err >&2; exit 7')).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 7 });
  });

  test('a program that is not there gives 127', async () => {
    expect((await sandbox.runCommand('nvidia-smi-not-here')).exitCode).toBe(127);
  });
});

describe('options', () => {
  test('env is seen by the whole line, and only there', async () => {
    const env = { A: 'x y', B: '$A"\'' };
    expect((await sandbox.runCommand('echo "$A"; true && echo "$B"; (echo $A)', { env })).stdout).toBe('x y\n$A"\'\nx y\n');
    expect((await sandbox.runCommand('printenv', ['A'])).exitCode).toBe(1);
  });

  test('a bad name in env is refused, not run', async () => {
    await expect(sandbox.runCommand('true', { env: { 'X; touch /tmp/injected #': '1' } })).rejects.toThrow(InvalidArgumentError);
    expect(await sandbox.filesystem.exists('/tmp/injected')).toBe(false);
  });

  test('cwd holds for every part of the line', async () => {
    expect((await sandbox.runCommand('pwd; false || pwd', { cwd: '/usr' })).stdout).toBe('/usr\n/usr\n');
  });

  test('a relative cwd starts in the working directory', async () => {
    expect((await sandbox.runCommand('pwd', { cwd: 'usr/lib' })).stdout).toBe('/usr/lib\n');
    expect((await sandbox.runCode('import os; print(os.getcwd())', { cwd: './usr' })).stdout).toBe('/usr\n');
  });

  test('a cwd that is missing runs nothing', async () => {
    const failure = await sandbox.runCommand('echo ran; true || echo ran', { cwd: '/missing' }).then(
      ({ exitCode, stdout }) => ({ exitCode, stdout }),
      (error: unknown) => error,
    );
    expect(failure).not.toMatchObject({ exitCode: 0 });
    expect(failure).not.toMatchObject({ stdout: expect.stringContaining('ran') as unknown });
  });

  test('stdin is what the call gives, and ends', async () => {
    expect((await sandbox.runCommand('cat', [], { stdin: 'ünï\n' })).stdout).toBe('ünï\n');
    expect((await sandbox.runCommand('wc', ['-c'], { stdin: new Uint8Array(3_000_000) })).stdout.trim()).toBe('3000000');
  });

  test('without stdin a program that reads sees the end at once', async () => {
    const result = await sandbox.runCommand('cat; echo done');
    expect(result.stdout).toBe('done\n');
    expect(result.durationMs).toBeLessThan(5000);
  });

  test('a program that does not read its input is no failure', async () => {
    expect((await sandbox.runCommand('true', [], { stdin: new Uint8Array(5_000_000) })).exitCode).toBe(0);
  });

  test('an option that nothing honours is refused by name', async () => {
    // @ts-expect-error -- a typo
    await expect(sandbox.runCommand('true', { timeuot: 5 })).rejects.toThrow(UnknownOptionError);
    await expect(sandbox.runCommand('true', { user: 'nobody' })).rejects.toThrow(UnsupportedError);
  });
});

test('a command that Modal cannot take says how it can be given', async () => {
  const failure = { code: 'invalid_argument', suggestion: expect.stringContaining('stdin') as unknown };
  await expect(sandbox.runCommand('echo', ['x'.repeat(70_000)])).rejects.toMatchObject(failure);
});

describe('a time limit', () => {
  test('gives 124 at the limit, with the output so far', async () => {
    const result = await sandbox.runCommand('echo before; sleep 20; echo after', { timeout: 700 });
    expect(result).toMatchObject({ exitCode: 124, stdout: 'before\n' });
    expect(result.durationMs).toBeLessThan(5000);
  });

  test('kills the command', async () => {
    await sandbox.runCommand('sleep 4242', { timeout: 300 });
    await eventually(async () => (await sandbox.runCommand('cat /proc/[0-9]*/cmdline')).stdout.split('4242').length <= 1, 'the sleep to be killed');
  });

  test('leaves a command alone that is in time', async () => {
    expect(await sandbox.runCommand('echo', ['ok'], { timeout: 10_000 })).toMatchObject({ stdout: 'ok\n', exitCode: 0 });
  });

  test.each([0, -1, Number.NaN])('%d is no limit', async (timeout) => {
    await expect(sandbox.runCommand('true', { timeout })).rejects.toThrow(InvalidArgumentError);
  });
});

describe('output', () => {
  test('arrives in the callbacks while the command runs', async () => {
    const arrivals: [string, number][] = [];
    const start = performance.now();
    const result = await sandbox.runCommand('echo one; sleep 1; echo two >&2; sleep 1; echo three', {
      onStdout: (data) => arrivals.push([data, performance.now() - start]),
      onStderr: (data) => arrivals.push([data, performance.now() - start]),
    });
    expect(arrivals.map(([data]) => data)).toEqual(['one\n', 'two\n', 'three\n']);
    expect((arrivals[2]?.[1] ?? 0) - (arrivals[0]?.[1] ?? 0)).toBeGreaterThan(1500);
    expect(result).toMatchObject({ stdout: 'one\nthree\n', stderr: 'two\n' });
  });

  test('letters of several bytes are never cut', async () => {
    const pieces: string[] = [];
    await sandbox.runCommand("printf '\\342'; sleep 0.3; printf '\\202\\254'", { onStdout: (data) => pieces.push(data) });
    expect(pieces.join('')).toBe('€');
    expect(pieces.join('')).not.toContain('\uFFFD');
  });

  test('20 MB arrive complete', async () => {
    const { stdout } = await sandbox.runCommand("head -c 20000000 /dev/zero | tr '\\0' x");
    expect(stdout.length).toBe(20_000_000);
  });

  test('what a callback throws ends the call', async () => {
    const failing = sandbox.runCommand('echo x; sleep 5', {
      onStdout: () => {
        throw new RangeError('mine');
      },
    });
    await expect(failing).rejects.toThrow(new RangeError('mine'));
  });
});

describe('an AbortSignal', () => {
  test('ends the call at once and kills the command with all that it started', async () => {
    const controller = new AbortController();
    const running = sandbox.runCommand('sleep 5151 & sleep 5151; wait', { signal: controller.signal, onStdout: () => {} });
    setTimeout(() => controller.abort(new Error('enough')), 300);
    await expect(running).rejects.toMatchObject({ name: 'AbortError', code: 'aborted', cause: new Error('enough') });
    await eventually(async () => !(await sandbox.runCommand('cat /proc/[0-9]*/cmdline')).stdout.includes('5151'), 'the sleeps to be killed');
  });

  test('that fired before starts nothing', async () => {
    await expect(sandbox.runCommand('touch /tmp/started', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await sandbox.filesystem.exists('/tmp/started')).toBe(false);
  });
});

test('the result carries both generations\' names', async () => {
  const result = await sandbox.runCommand('true');
  expect(result).toMatchObject({ sandboxId: sandbox.sandboxId, provider: 'modal', exitCode: 0, stdout: '', stderr: '' });
  expect(result.executionTime).toBe(result.durationMs);
  expect(result.durationMs).toBeGreaterThan(0);
});

test('fifty commands at once do not mix', async () => {
  const results = await Promise.all(Array.from({ length: 50 }, (_, index) => sandbox.runCommand('echo', [String(index)])));
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 50 }, (_, index) => index));
});
