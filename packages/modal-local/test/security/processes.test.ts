// Processes that multiply, refuse to die, or reach for processes that are not theirs.

import { readdirSync } from 'node:fs';

import { beforeAll, expect, it } from 'vitest';
import type { Sandbox } from 'modal';

import { run, testEngine } from '../engine.js';
import { commandLine } from '../support/if-alive.js';
import { probe, unnoticed } from './probe.js';

const engine = testEngine();
let neighbour: Sandbox;
beforeAll(async () => {
  neighbour = await engine.client.sandboxes.create(engine.app, engine.image);
});

// Ends at 6000, should the limit fail. In C, because each child of an interpreter takes megabytes and milliseconds.
const FORK_BOMB = `
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  int children = 0;
  while (children < 6000) {
    pid_t child = fork();
    if (child == 0) pause();
    if (child < 0) break;
    children++;
  }
  printf("%s %d\\n", children < 6000 ? strerror(errno) : "no limit", children);
  fflush(stdout);
  kill(-1, SIGKILL);
}`;

it('a fork bomb meets EAGAIN at 4096 processes', async () => {
  const sandbox = await engine.sandbox({ cpu: 0.125, cpuLimit: 1 });
  await sandbox.filesystem.writeText(FORK_BOMB, '/tmp/bomb.c');
  expect(await run(sandbox, 'gcc', '-o', '/tmp/bomb', '/tmp/bomb.c')).toMatchObject({ code: 0 });
  const { stdout } = await unnoticed(engine, neighbour, run(sandbox, '/tmp/bomb'));
  const [, error, children] = /^(.*) (\d+)$/m.exec(stdout) ?? [];
  expect(error).toBe('Resource temporarily unavailable');
  expect(Number(children)).toBeGreaterThan(3500);
  expect(Number(children)).toBeLessThanOrEqual(4096);
  expect((await run(sandbox, 'echo', 'alive')).stdout).toBe('alive\n');
});

it('terminate ends daemons that ignore every signal', async () => {
  const sandbox = await engine.sandbox();
  const program = `
import os, signal, sys, time
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except OSError: pass
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(987654)
        os._exit(0)
print('ready', flush=True); time.sleep(987654)`;
  const process = await sandbox.exec(['python3', '-c', program.trim(), 'stubborn-of-the-test']);
  const reader = process.stdout.getReader();
  expect((await reader.read()).value).toContain('ready');
  expect(hostProcesses('stubborn-of-the-test').length).toBeGreaterThan(10);
  await sandbox.terminate({ wait: true });
  expect(hostProcesses('stubborn-of-the-test')).toEqual([]);
});

it('zombies are reaped by PID 1', async () => {
  const sandbox = await engine.sandbox();
  await run(sandbox, 'sh', '-c', 'for i in $(seq 50); do (true & exec true) & done; wait');
  expect((await run(sandbox, 'sh', '-c', 'grep -l "^State:.Z" /proc/[0-9]*/status | wc -l')).stdout).toBe('0\n');
});

it('PID 1 is neither traced nor read nor robbed of descriptors', async () => {
  const sandbox = await engine.sandbox();
  const answers = await probe(sandbox, `
PTRACE_SEIZE = 0x4206
local, remote = ctypes.create_string_buffer(64), (ctypes.c_size_t * 2)(0x400000, 64)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(local), 64)
print('ptrace', call(101, PTRACE_SEIZE, 1, 0, 0))
print('process_vm_readv', call(310, 1, ctypes.addressof(vector), 1, ctypes.addressof(remote), 1, 0))
pidfd = call(434, 1, 0)
print('pidfd_getfd', pidfd if isinstance(pidfd, str) else call(438, pidfd, 3, 0))
for name in ['mem', 'environ', 'fd/3', 'maps']:
    print(name, attempt(lambda: open('/proc/1/' + name, 'rb').read(1)))
os.kill(1, 9); os.kill(1, 15); print('alive', os.path.exists('/proc/1'))`);
  const lines = answers.split('\n').map((line) => line.split(' '));
  for (const [what, answer] of lines.slice(0, -1)) expect([what, answer]).toEqual([what, expect.stringMatching(/^E(PERM|ACCES|NOSYS|SRCH)$/)]);
  expect(lines.at(-1)).toEqual(['alive', 'True']);
  expect((await run(sandbox, 'echo', 'alive')).stdout).toBe('alive\n');
});

it('processes of the host and of other sandboxes have no id here', async () => {
  const sandbox = await engine.sandbox();
  const marker = await neighbour.exec(['sleep', '7112233']);
  const host = hostProcesses('7112233');
  expect(host.length).toBeGreaterThan(0);
  const ids = [process.pid, ...host];
  const answers = await probe(sandbox, `
for pid in ${JSON.stringify(ids)}:
    print(attempt(lambda: os.kill(pid, 9)), call(434, pid, 0), call(101, 0x4206, pid, 0, 0))`);
  // A number may be a process of this sandbox's own only if it is small.
  for (const line of answers.split('\n')) expect(line).toMatch(/^ESRCH (ESRCH|EPERM|ENOSYS) (ESRCH|EPERM|ENOSYS)$/);
  expect(hostProcesses('7112233')).toEqual(host);
  expect((await run(sandbox, 'sh', '-c', 'cat /proc/[0-9]*/cmdline')).stdout).not.toContain('7112233');
  expect(marker).toBeDefined();
});

it('a command has its three descriptors and no more, and cannot start in a directory of the host', async () => {
  const sandbox = await engine.sandbox();
  const open = await run(sandbox, 'sh', '-c', 'exec ls /proc/self/fd');
  expect(open.stdout.trim().split('\n')).toEqual(['0', '1', '2', '3']);
  for (const descriptor of ['3', '4', '7', '9', '12']) {
    for (const owner of ['self', '1']) {
      const workdir = `/proc/${owner}/fd/${descriptor}`;
      const process = await sandbox.exec(['sh', '-c', 'pwd -P; ls ../../../..'], { workdir }).catch(String);
      if (typeof process === 'string') continue;
      expect([workdir, await process.stdout.readText()]).toEqual([workdir, '']);
      expect(await process.wait()).not.toBe(0);
    }
  }
});

it.each(['/proc/1/exe', '/__modal/.bin/modal-sandbox-fs-tools'])('the runtime is not overwritten through %s', async (path) => {
  const sandbox = await engine.sandbox();
  const answer = await probe(sandbox, `
path = ${JSON.stringify(path)}
for flags in [os.O_WRONLY, os.O_RDWR | os.O_TRUNC]:
    print(attempt(lambda: os.open(path, flags)))
print(attempt(lambda: os.unlink(path)))`);
  for (const line of answer.split('\n')) expect(line).toMatch(/^E(ACCES|PERM|ROFS|TXTBSY|BUSY|NOENT)$/);
  expect((await run(sandbox, 'echo', 'alive')).stdout).toBe('alive\n');
});

it('an entrypoint that is the runtime’s own file is no way to it', async () => {
  // What overwrote runc once: a program that starts /proc/self/exe and writes into what starts it.
  const sandbox = await engine.sandbox({ command: ['/proc/self/exe', '--version'] });
  expect(await sandbox.wait()).not.toBe(0);
  const { stdout } = await run(neighbour, 'sha256sum', '/__modal/.bin/modal-sandbox-fs-tools');
  const again = await engine.sandbox();
  expect((await run(again, 'sha256sum', '/__modal/.bin/modal-sandbox-fs-tools')).stdout).toBe(stdout);
});

/** Ids on this machine of processes whose command line holds the text. */
function hostProcesses(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => commandLine(pid).includes(text))
    .map(Number);
}
