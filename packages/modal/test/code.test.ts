import type { ModalSandbox } from '@computesdk/modal';
import { CodeSyntaxError, InvalidArgumentError } from 'computesdk';
import { beforeEach, describe, expect, test } from 'vitest';

import { testModal } from './modal.js';

const modal = testModal();
let sandbox: ModalSandbox;
beforeEach(async () => {
  sandbox = await modal.sandbox();
});

describe('Python', () => {
  test('is what a sandbox runs by itself', async () => {
    const result = await sandbox.runCode('print("Hello from real Modal sandbox!")');
    expect(result).toMatchObject({ stdout: 'Hello from real Modal sandbox!\n', stderr: '', exitCode: 0, provider: 'modal' });
  });

  test('runs as the main program, in the working directory', async () => {
    const code = 'import os, sys\nif __name__ == "__main__":\n    print(os.getcwd(), sys.argv, sorted(n for n in dir() if n[0] != "_"))';
    expect((await sandbox.runCode(code, 'python', { cwd: '/tmp' })).stdout).toBe("/tmp ['-c'] ['os', 'sys']\n");
  });

  test('a failure is a result, with a traceback of the code alone', async () => {
    const { exitCode, stderr } = await sandbox.runCode('def f():\n    return 1 / 0\n\nf()');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Traceback \(most recent call last\):\n {2}File "\[code\]", line 4, in <module>\n {4}f\(\)\n/);
    expect(stderr).toMatch(/ZeroDivisionError: division by zero\n$/);
  });

  test('sys.exit sets the exit code', async () => {
    expect((await sandbox.runCode('import sys\nsys.exit(9)')).exitCode).toBe(9);
  });

  test('inspect finds the source, as PyTorch needs it', async () => {
    expect((await sandbox.runCode('import inspect\ndef f(x):\n    return x\nprint(inspect.getsource(f))')).stdout).toContain('    return x\n');
  });

  test('lines arrive while it runs', async () => {
    const arrivals: number[] = [];
    const code = 'import time\nprint("a")\ntime.sleep(1)\nprint("b")';
    await sandbox.runCode(code, { onStdout: () => arrivals.push(performance.now()) });
    expect((arrivals[1] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(700);
  });

  test('at the time limit, what was printed so far is kept', async () => {
    const result = await sandbox.runCode('import time\nprint("so far")\ntime.sleep(20)', { timeout: 1500 });
    expect(result).toMatchObject({ exitCode: 124, stdout: 'so far\n' });
  });

  test('code of a megabyte runs', async () => {
    const code = `x = "${'y'.repeat(1_000_000)}"\nprint(len(x))`;
    expect((await sandbox.runCode(code)).stdout).toBe('1000000\n');
  });

  test('stdin is the program\'s', async () => {
    expect((await sandbox.runCode('import sys\nprint(sys.stdin.read().upper())', { stdin: 'grüße' })).stdout).toBe('GRÜSSE\n');
    expect((await sandbox.runCode('print(input())', { stdin: 'one\ntwo\n' })).stdout).toBe('one\n');
  });

  test('env and letters of every script arrive', async () => {
    const result = await sandbox.runCode('import os\nprint(os.environ["A"], "日本語 🚀")', { env: { A: 'é' } });
    expect(result.stdout).toBe('é 日本語 🚀\n');
  });

  test('ten pieces at once on one sandbox do not mix', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, (_, index) => sandbox.runCode(`print(${index} ** 2)`)));
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 10 }, (_, index) => index ** 2));
  });
});

describe('Node', () => {
  test('runs CommonJS as the main module', async () => {
    const code = "const os = require('os');\nconsole.log(require.main === module, os.type(), typeof __dirname);";
    expect((await sandbox.runCode(code)).stdout).toBe('true Linux string\n');
  });

  test('runs ES modules, top-level await and imports from the working directory', async () => {
    await sandbox.filesystem.writeFile('/project/helper.mjs', 'export const twice = (n) => n * 2;');
    const code = "import { twice } from './helper.mjs';\nimport fs from 'node:fs';\nconsole.log(await Promise.resolve(twice(21)), fs.readdirSync('.'));";
    expect(await sandbox.runCode(code, 'node', { cwd: '/project' })).toMatchObject({ stdout: "42 [ 'helper.mjs' ]\n", exitCode: 0 });
  });

  test('a failure is a result', async () => {
    const { exitCode, stderr } = await sandbox.runCode('const x = null;\nx.y;');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('[code]:2');
    expect(stderr).toContain('TypeError');
  });

  test('stdin is the program\'s', async () => {
    const code = "process.stdin.on('data', (data) => console.log(String(data).length));";
    expect((await sandbox.runCode(code, { stdin: 'four' })).stdout).toBe('4\n');
  });

  test('shares the files of the sandbox', async () => {
    await sandbox.runCode("open('/tmp/shared', 'w').write('from python')");
    expect((await sandbox.runCode("console.log(require('fs').readFileSync('/tmp/shared', 'utf8'))")).stdout).toBe('from python\n');
  });

  test('is what a sandbox made for it runs when the code does not tell', async () => {
    const node = await modal.sandbox({ runtime: 'node' });
    expect((await node.runCode('1 + 1')).exitCode).toBe(0);
    expect((await node.runCode('globalThis.process ? console.log("node") : 0')).stdout).toBe('node\n');
    expect((await node.getInfo()).runtime).toBe('node');
  });
});

describe('code that does not parse throws', () => {
  test.each([
    ['python', 'invalid python code', /^Syntax error: invalid syntax/],
    ['python', 'def f(:\n    pass', /^Syntax error: /],
    ['python', 'if True:\nprint(1)', /^Syntax error: .*indented block/],
    ['python', 'const a = 1', /^Syntax error: /],
    ['node', 'const a b = 1', /^Syntax error: Missing initializer in const declaration/],
    ['node', "import fs from 'fs';\nlet let = 1;", /^Syntax error: /],
    ['node', 'function (', /^Syntax error: /],
  ] as const)('%s: %j', async (runtime, code, message) => {
    await expect(sandbox.runCode(code, runtime)).rejects.toThrow(message);
    await expect(sandbox.runCode(code, runtime)).rejects.toThrow(CodeSyntaxError);
  });

  test('the error holds what the interpreter printed, and nothing of ours reaches the callback', async () => {
    const pieces: string[] = [];
    const failing = sandbox.runCode('x = = 1', 'python', { onStderr: (data) => pieces.push(data) });
    await expect(failing).rejects.toMatchObject({ code: 'syntax_error', stderr: expect.stringContaining('line 1') as unknown });
    expect(pieces).toEqual([]);
  });
});

describe('a syntax error that only happens is a result', () => {
  test.each([
    ['python', 'import sys\nprint("SyntaxError: invalid syntax", file=sys.stderr)\nsys.exit(1)'],
    ['python', 'exec("a b")'],
    ['python', 'raise SyntaxError("Syntax error")'],
    ['node', 'JSON.parse("{")'],
    ['node', 'console.error("SyntaxError: x"); process.exit(1)'],
    ['node', "import { nothing } from 'fs';"],
  ] as const)('%s: %j', async (runtime, code) => {
    const { exitCode, stderr } = await sandbox.runCode(code, runtime);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('SyntaxError');
  });
});

test('stderr of a program with a callback arrives there whole', async () => {
  const pieces: string[] = [];
  const code = 'import sys\nfor c in "computesdk-syntax-error x":\n    sys.stderr.write(c); sys.stderr.flush()';
  const { stderr } = await sandbox.runCode(code, { onStderr: (data) => pieces.push(data) });
  expect(pieces.join('')).toBe('computesdk-syntax-error x');
  expect(stderr).toBe('computesdk-syntax-error x');
});

test('an image without the interpreter says so; a program that exits with 127 is left alone', async () => {
  const { stderr, exitCode } = await sandbox.runCode('console.log(1)', 'node', { env: { PATH: '/nonexistent' } });
  expect(exitCode).toBe(127);
  expect(stderr).not.toContain('The image has no');
  expect(await sandbox.runCode('process.exit(127)')).toMatchObject({ exitCode: 127, stderr: '' });
  const bare = await modal.sandbox({ env: { PATH: '/only' } });
  await bare.runCommand('/bin/sh', ['-c', '/bin/mkdir /only && /bin/ln -s /bin/sh /only/sh']);
  expect(await bare.runCode('console.log(1)')).toMatchObject({ exitCode: 127, stderr: expect.stringContaining('The image has no node') as unknown });
});

test('an unknown language is refused', async () => {
  // @ts-expect-error -- not a runtime
  await expect(sandbox.runCode('1', 'ruby')).rejects.toThrow(InvalidArgumentError);
});

test('an abort kills the program', async () => {
  const controller = new AbortController();
  const running = sandbox.runCode('import time\ntime.sleep(30)', { signal: controller.signal });
  setTimeout(() => controller.abort(), 300);
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});
