// Commands in a sandbox through Modal's own SDK.

import { createHash, randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { run, testEngine } from './engine.js';

const engine = testEngine();

describe('a command', () => {
  it.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('that does `%s` reports %i', async (script, code) => {
    const sandbox = await engine.sandbox();
    expect((await run(sandbox, 'sh', '-c', script)).code).toBe(code);
  });

  it('that does not exist exits with 127 and says so', async () => {
    const sandbox = await engine.sandbox();
    const { code, stderr } = await run(sandbox, 'no-such-program');
    expect(code).toBe(127);
    expect(stderr).toContain('no-such-program');
  });

  it('is killed with its children at its timeout', async () => {
    const sandbox = await engine.sandbox();
    const process = await sandbox.exec(['sh', '-c', 'sleep 1000 & sleep 1000'], { timeoutMs: 1_000 });
    expect(await process.wait().catch(String)).toSatisfy((code) => code === 137 || String(code).includes('Deadline exceeded'));
    expect((await run(sandbox, 'sh', '-c', 'ps -e | grep -c " sleep" || true')).stdout).toBe('0\n');
  });

  it('takes stdin to its end, byte for byte', async () => {
    const sandbox = await engine.sandbox();
    const bytes = randomBytes(3_000_000);
    const process = await sandbox.exec(['sha256sum'], { mode: 'binary' });
    const writer = process.stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
    expect(Buffer.from(await process.stdout.readBytes()).toString()).toContain(createHash('sha256').update(bytes).digest('hex'));
  });

  it('writes bytes that are no text', async () => {
    const sandbox = await engine.sandbox();
    const process = await sandbox.exec(['printf', '\\377\\000\\376'], { mode: 'binary' });
    expect([...(await process.stdout.readBytes())]).toEqual([255, 0, 254]);
  });

  it('has real pipes', async () => {
    const sandbox = await engine.sandbox();
    expect(await run(sandbox, 'sh', '-c', 'echo x > /dev/stderr; echo y > /dev/stdout')).toEqual({ stdout: 'y\n', stderr: 'x\n', code: 0 });
  });

  it('writes 200 MB that nobody reads, and all of it is there afterwards', async () => {
    const sandbox = await engine.sandbox();
    const process = await sandbox.exec(['sh', '-c', 'head -c 200000000 /dev/zero; echo done >&2'], { mode: 'binary' });
    expect(await process.wait()).toBe(0);
    expect(Buffer.from(await process.stderr.readBytes()).toString()).toBe('done\n');
    let length = 0;
    for await (const chunk of process.stdout) length += chunk.length;
    expect(length).toBe(200_000_000);
  });

  it('runs to its end when its output is not wanted', async () => {
    const sandbox = await engine.sandbox();
    const process = await sandbox.exec(['sh', '-c', 'head -c 10000000 /dev/zero; exit 4'], { stdout: 'ignore', stderr: 'ignore' });
    expect(await process.wait()).toBe(4);
    expect(await process.stdout.readText()).toBe('');
  });

  it('has a terminal when asked', async () => {
    const sandbox = await engine.sandbox();
    const process = await sandbox.exec(['sh', '-c', 'test -t 1 && echo tty; stty size; echo $TERM'], { pty: true });
    expect(await process.stdout.readText()).toBe('tty\r\n24 80\r\nxterm-256color\r\n');
    expect(await process.wait()).toBe(0);
  });

  it('has its own variables and directory', async () => {
    const sandbox = await engine.sandbox({ env: { A: '1', B: '1' } });
    const process = await sandbox.exec(['sh', '-c', 'echo $A $B $PWD'], { env: { B: '2' }, workdir: '/usr' });
    expect(await process.stdout.readText()).toBe('1 2 /usr\n');
  });

  it('streams while it runs', async () => {
    const sandbox = await engine.sandbox();
    const process = await sandbox.exec(['sh', '-c', 'echo first; read x; echo second']);
    const reader = process.stdout.getReader();
    expect((await reader.read()).value).toBe('first\n');
    await process.stdin.writeText('\n');
    expect((await reader.read()).value).toBe('second\n');
  });

  it('runs beside forty others', async () => {
    const sandbox = await engine.sandbox();
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => run(sandbox, 'echo', String(index))));
    expect(results.map(({ stdout }) => stdout)).toEqual(results.map((_, index) => `${index}\n`));
  });
});

describe('files', () => {
  it('are written and read back byte for byte', async () => {
    const sandbox = await engine.sandbox();
    const bytes = randomBytes(1_500_000);
    await sandbox.filesystem.writeBytes(bytes, '/tmp/deep/er/file');
    expect(Buffer.from(await sandbox.filesystem.readBytes('/tmp/deep/er/file')).equals(bytes)).toBe(true);
    await expect(sandbox.filesystem.readText('/tmp/missing')).rejects.toThrow('path does not exist');
  });
});
