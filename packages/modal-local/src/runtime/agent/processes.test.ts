import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { launch, run, startTestAgent } from '../testing/start-test-agent.js';
import type { TestAgent } from '../testing/start-test-agent.js';

const exited = (code: number): object => ({ kind: 'exited', code });

describe('a process', () => {
  let agent: TestAgent;
  let folder: string;
  beforeAll(async () => {
    agent = await startTestAgent();
    folder = mkdtempSync(path.join(tmpdir(), 'agent-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await agent[Symbol.asyncDispose]();
  });

  it('has its output and exit code told apart', async () => {
    const { exit, stdout, stderr } = await run(agent, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect([exit, stdout, stderr]).toEqual([exited(7), 'out\n', 'err\n']);
  });

  it('gets exactly its arguments, environment and directory', async () => {
    const argv = ['sh', '-c', 'printf "%s|" "$@"; pwd; env', 'sh', 'a b', '', 'ü\n"'];
    const { stdout } = await run(agent, argv, { env: { A: '1=2', EMPTY: '' }, cwd: folder });
    expect(stdout.startsWith(`a b||ü\n"|${folder}\n`)).toBe(true);
    const names = stdout.split('\n').slice(2, -1).map((line) => line.split('=')[0] ?? '');
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort()).toEqual(['A', 'EMPTY']);
  });

  it('can open /dev/stdout and /dev/stderr, also as another user', async () => {
    for (const user of ['', 'nobody']) {
      const { stdout, stderr } = await run(agent, ['sh', '-c', 'echo x > /dev/stderr; echo y > /dev/stdout'], { user });
      expect([stdout, stderr]).toEqual(['y\n', 'x\n']);
    }
  });

  it('runs as the user that is asked for, with its groups', async () => {
    const identity = async (user: string): Promise<string> => (await run(agent, ['sh', '-c', 'id -u; id -g; id -G'], { user })).stdout;
    expect(await identity('')).toMatch(/^0\n0\n/);
    expect(await identity('nobody')).toBe('65534\n65534\n65534\n');
    expect(await identity('1234:99')).toBe('1234\n99\n99\n');
    expect(await run(agent, ['id'], { user: 'no-such-user' })).toMatchObject({ exit: exited(126), stderr: 'no user no-such-user in /etc/passwd\n' });
  });

  it('that cannot run ends as a shell would end it', async () => {
    const script = path.join(folder, 'script');
    writeFileSync(script, '#!/no/such/interpreter\n', { mode: 0o755 });
    const plain = path.join(folder, 'plain');
    writeFileSync(plain, 'neither script nor program', { mode: 0o755 });
    const outcome = async (program: string, cwd = '/'): Promise<unknown[]> => {
      const { exit, stderr } = await run(agent, [program], { cwd });
      return [exit.kind === 'exited' ? exit.code : exit, stderr];
    };
    expect(await outcome('no-such-program')).toEqual([127, 'no-such-program: command not found\n']);
    expect(await outcome('/no/such')).toEqual([127, '/no/such: No such file or directory\n']);
    expect(await outcome(script)).toEqual([127, `${script}: bad interpreter: No such file or directory\n`]);
    expect(await outcome(plain)).toEqual([126, `${plain}: Exec format error\n`]);
    expect(await outcome('/etc/passwd')).toEqual([126, '/etc/passwd: Permission denied\n']);
    expect(await outcome('/etc')).toEqual([126, '/etc: Is a directory\n']);
    expect(await outcome('true', '/no/such')).toEqual([126, 'cd: /no/such: No such file or directory\n']);
    expect(await outcome('true', '/etc/passwd')).toEqual([126, 'cd: /etc/passwd: Not a directory\n']);
    expect(await outcome('true', '/proc/self/fd/3')).toEqual([126, 'cd: /proc/self/fd/3: Not a directory\n']);
  });

  it('inherits no descriptor, no blocked and no ignored signal', async () => {
    const { stdout } = await run(agent, ['sh', '-c', 'ls /proc/self/fd; grep -E "Sig(Blk|Ign)" /proc/self/status']);
    // 3 is the directory that ls reads.
    expect(stdout).toBe('0\n1\n2\n3\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  it('dies of SIGPIPE when its reader goes, as in any shell', async () => {
    const { stdout } = await run(agent, ['bash', '-c', 'yes | head -1; echo ${PIPESTATUS[0]}']);
    expect(stdout).toBe('y\n141\n');
  });

  it('reads stdin to its end, byte for byte', async () => {
    const { process, stdout } = await launch(agent, ['sh', '-c', 'cat; echo done'], { stdin: 'pipe' });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    await process.writeStdin(bytes);
    process.closeStdin();
    await expect(process.writeStdin(bytes)).rejects.toMatchObject({ code: 'EPIPE' });
    expect(await process.exited).toEqual(exited(0));
    await stdout.ended;
    expect(Buffer.concat(stdout.chunks)).toEqual(Buffer.concat([bytes, Buffer.from('done\n')]));
  });

  it('that closes its stdin lets pending and later writes fail with EPIPE', async () => {
    const { process, stdout } = await launch(agent, ['sh', '-c', 'exec 0<&-; echo closed; sleep 100'], { stdin: 'pipe' });
    await stdout.until(/closed/);
    await expect(process.writeStdin(Buffer.from('x'))).rejects.toMatchObject({ code: 'EPIPE' });
    process.signal(9);
    expect(await process.exited).toEqual({ kind: 'signaled', signal: 9, timedOut: false });
    const deaf = await launch(agent, ['sleep', '0.1'], { stdin: 'pipe' });
    await expect(deaf.process.writeStdin(Buffer.alloc(1 << 20))).rejects.toMatchObject({ code: 'EPIPE' });
  });

  it('without stdin finds an empty one, and is not written to', async () => {
    const { process } = await launch(agent, ['cat'], { stdin: 'null', stdout: 'null', stderr: 'null' });
    await expect(process.writeStdin(Buffer.from('x'))).rejects.toMatchObject({ code: 'EPIPE' });
    expect(await process.exited).toEqual(exited(0));
  });

  it('has the same limits as the agent was started with, but for its mark', async () => {
    const { stdout } = await run(agent, ['sh', '-c', 'ulimit -Sn; ulimit -Hn']);
    const limits = readFileSync('/proc/self/limits', 'utf8').match(/Max open files\s+(\d+)\s+(\d+)/);
    expect(stdout).toBe(`${limits?.[1]}\n${limits?.[2]}\n`);
  });

  it.each([
    [{ argv: [] }, /argv is empty/],
    [{ argv: ['a\0b'] }, /NUL byte/],
    [{ env: { 'A=B': '' } }, /impossible name/],
    [{ cwd: 'relative' }, /absolute path/],
    [{ timeoutMs: 0 }, /timeoutMs must be/],
    [{ pty: { rows: -1, columns: 5 } }, /rows must be/],
    [{ argv: ['x'.repeat(2 << 20)] }, /at most 1048576/],
  ])('with an impossible specification is refused: %o', async (changes, message) => {
    await expect(run(agent, ['true'], changes)).rejects.toThrow(message);
  });
});

describe('a terminal', () => {
  it('has its size, merges output, and can be resized', async () => {
    await using agent = await startTestAgent();
    const pty = { rows: 30, columns: 100 };
    const script = 'trap "stty size; exit" WINCH; stty size; tty; echo err >&2; while :; do sleep 0.05; done';
    const { process, stdout, stderr } = await launch(agent, ['sh', '-c', script], { pty, stdin: 'pipe' });
    await stdout.until(/err/);
    expect(stdout.text).toMatch(/^30 100\r\n\/dev\/pts\/\d+\r\nerr\r\n$/);
    process.resize(50, 120);
    expect(await process.exited).toEqual(exited(0));
    await Promise.all([stdout.ended, stderr.ended]);
    expect(stdout.text).toMatch(/50 120\r\n$/);
    expect(stderr.text).toBe('');
  });

  it('turns a typed control character into a signal, and its end into the end of input', async () => {
    await using agent = await startTestAgent();
    const pty = { rows: 24, columns: 80 };
    const interrupted = await launch(agent, ['sh', '-c', 'echo ready; exec sleep 100'], { pty, stdin: 'pipe' });
    await interrupted.stdout.until(/ready/);
    await interrupted.process.writeStdin(Buffer.from('\x03'));
    expect(await interrupted.process.exited).toEqual({ kind: 'signaled', signal: 2, timedOut: false });

    const reading = await launch(agent, ['cat'], { pty, stdin: 'pipe' });
    await reading.process.writeStdin(Buffer.from('line\n'));
    await reading.stdout.until(/line\r\nline\r\n/);
    reading.process.closeStdin();
    expect(await reading.process.exited).toEqual(exited(0));
  });

  it('tells there what cannot run', async () => {
    await using agent = await startTestAgent();
    const { exit, stdout, stderr } = await run(agent, ['no-such-program'], { pty: { rows: 1, columns: 1 } });
    expect([exit, stdout, stderr]).toEqual([exited(127), 'no-such-program: command not found\n', '']);
  });
});
