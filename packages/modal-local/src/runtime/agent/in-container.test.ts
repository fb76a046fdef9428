// The agent where it belongs: PID 1 of a real container, with its limits and its confinement.

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestHost } from '../testing/test-host.js';
import type { TestHost, TestSandbox } from '../testing/test-host.js';
import type { AgentProcess, ProcessSpec } from './connection.js';
import { Collector, specify } from '../testing/start-test-agent.js';

const TOOLS = '/__modal/.bin/modal-sandbox-fs-tools';

let host: TestHost;
let sandbox: TestSandbox;

beforeAll(async () => {
  host = await openTestHost();
  sandbox = await host.sandbox();
});
afterAll(async () => await host[Symbol.asyncDispose]());

async function launch(argv: string[], changes: Partial<ProcessSpec> = {}): Promise<{ process: AgentProcess; stdout: Collector; stderr: Collector }> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  return { process: await sandbox.container.agent.start(specify(argv, changes), { stdout, stderr }), stdout, stderr };
}

async function run(argv: string[], changes: Partial<ProcessSpec> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const { process, stdout, stderr } = await launch(argv, changes);
  const [exit] = await Promise.all([process.exited, stdout.ended, stderr.ended]);
  return { code: exit.kind === 'exited' ? exit.code : 128 + exit.signal, stdout: stdout.text, stderr: stderr.text };
}

const processes = async (pattern: string): Promise<number> => Number((await sandbox.sh(`ps -eo args= | grep -c "^${pattern}"`)).output);

test('/dev/stderr and a terminal are there, for every user', async () => {
  for (const user of ['', 'nobody', '1234:5678']) {
    expect(await run(['sh', '-c', 'echo x > /dev/stderr'], { user })).toEqual({ code: 0, stdout: '', stderr: 'x\n' });
    const terminal = await run(['sh', '-c', 'stty size; tty; id -u > /dev/tty'], { user, pty: { rows: 33, columns: 44 } });
    expect(terminal.stdout).toMatch(/^33 44\r\n\/dev\/pts\/\d+\r\n\d+\r\n$/);
  }
});

test('a time-out ends daemons too, whoever they run as', async () => {
  const daemon = '(setsid setsid env -i sh -c "trap \\"\\" TERM HUP; exec /bin/sleep 4242" </dev/null &) ; sleep 100';
  for (const user of ['', 'nobody']) {
    const { process } = await launch(['sh', '-c', daemon], { timeoutMs: 500, user });
    expect(await process.exited).toEqual({ kind: 'signaled', signal: 9, timedOut: true });
    await expect.poll(() => processes('/bin/sleep 4242')).toBe(0);
  }
});

test('a fork bomb at the limit is killed by its time-out, and others run again', async () => {
  const bomb = 'f() { f & f & f & wait; }; f & exec sleep 100';
  const { process } = await launch(['sh', '-c', bomb], { timeoutMs: 300, stderr: 'null' });
  expect(await process.exited).toMatchObject({ kind: 'signaled', signal: 9, timedOut: true });
  await expect.poll(async () => (await run(['echo', 'hi'])).stdout).toBe('hi\n');
});

test('nothing inside can look into the agent, stop it or hold its descriptors', async () => {
  const probe = 'kill -9 1; kill -TERM 1; cat /proc/1/environ /proc/1/maps /proc/1/mem /proc/1/fd/0; readlink /proc/1/exe /proc/1/fd/*; ls /proc/self/fd';
  const { stdout } = await run(['sh', '-c', probe]);
  // 3 is the directory that ls reads.
  expect(stdout).toBe('0\n1\n2\n3\n');
  const overwrite = await run(['sh', '-c', `echo x > ${TOOLS}; rm ${TOOLS}; mv ${TOOLS} /tmp; cp /bin/true /proc/1/exe`]);
  expect(overwrite.stderr.match(/Read-only|busy|denied|Text file/g)?.length).toBeGreaterThanOrEqual(4);
  expect((await run(['echo', 'alive'])).stdout).toBe('alive\n');
});

test('zombies are reaped', async () => {
  await run(['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do (sleep 0.05 &); done; sleep 0.2']);
  await expect.poll(async () => (await sandbox.sh('ps -eo stat= | grep -c "^Z"')).output).toBe('0\n');
});

test('the file tools see the sandbox, not the host', async () => {
  await run(['sh', '-c', 'ln -s /etc/hostname /tmp/link; ln -s ../../../../../../etc/passwd /tmp/up; useradd -u 4321 inside 2>/dev/null || echo inside:x:4321:4321::/:/bin/sh >> /etc/passwd']);
  const read = async (path: string): Promise<string> => (await run([TOOLS, JSON.stringify({ ReadFile: { path } })])).stdout;
  expect(await read('/tmp/up')).toBe((await sandbox.sh('cat /etc/passwd')).output);
  expect(await read('/tmp/up')).toContain('inside:x:4321');
  await run(['sh', '-c', 'touch /tmp/owned; chown 4321:4322 /tmp/owned']);
  const stat = await run([TOOLS, JSON.stringify({ Stat: { path: '/tmp/owned' } })]);
  expect(JSON.parse(stat.stdout)).toMatchObject({ owner: 'inside', group: '4322' });
  const { process, stdout } = await launch([TOOLS, JSON.stringify({ Watch: { path: '/tmp', recursive: true, filter: ['Create'], timeout_secs: null } })], { stdin: 'pipe' });
  const afterAnother = async () => {
    await sandbox.sh('mktemp -d /tmp/XXXXXX');
    return stdout.text;
  };
  await expect.poll(afterAnother).toContain('"Create"');
  process.closeStdin();
  expect(await process.exited).toEqual({ kind: 'exited', code: 0 });
});

test('files of the image and new ones are written, and nothing else appears', async () => {
  const write = async (path: string): Promise<unknown> => {
    const { process, stderr } = await launch([TOOLS, JSON.stringify({ WriteFile: { path } })], { stdin: 'pipe' });
    await process.writeStdin(Buffer.from('written'));
    process.closeStdin();
    return [await process.exited, stderr.text];
  };
  const done = [{ kind: 'exited', code: 0 }, ''];
  for (const path of ['/etc/issue', '/opt/a/b/new', '/dev/shm/new', '/etc/hosts']) {
    expect([path, await write(path)]).toEqual([path, done]);
    expect((await sandbox.sh(`cat ${path}; ls -A $(dirname ${path}) | grep -c modal-write`)).output).toBe('written0\n');
  }
});

test('ports on the loopback of the container are reached', async () => {
  const server = 'import socket; s=socket.socket(); s.bind(("127.0.0.1",8123)); s.listen(); print("up",flush=True); c=s.accept()[0]; c.sendall(c.recv(9)[::-1]); c.close()';
  const { process, stdout } = await launch(['python3', '-c', server]);
  await stdout.until(/up/);
  const socket = await sandbox.container.agent.dial(8123);
  socket.end('abc');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe('cba');
  expect(await process.exited).toEqual({ kind: 'exited', code: 0 });
  await expect(sandbox.container.agent.dial(8124)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('when the engine lets go, the container ends', async () => {
  const other = await host.sandbox();
  const { process } = { process: await other.container.agent.start(specify(['sleep', '100']), { stdout: new Collector(), stderr: new Collector() }) };
  other.container.agent.close();
  await expect(process.exited).rejects.toMatchObject({ code: 'AGENT_GONE' });
  await other.container.exited;
});
