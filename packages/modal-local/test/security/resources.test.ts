// Memory, disk, CPU, and what the kernel counts: a sandbox meets its own limits, and its neighbours none of them.

import { beforeAll, expect, it } from 'vitest';
import type { Sandbox } from 'modal';

import { run, testEngine } from '../engine.js';
import { probe, unnoticed } from './probe.js';

const engine = testEngine();
let neighbour: Sandbox;
beforeAll(async () => {
  neighbour = await engine.client.sandboxes.create(engine.app, engine.image);
});

it('a process that takes too much memory is killed with 137, and the sandbox lives on', async () => {
  const sandbox = await engine.sandbox({ memoryMiB: 64, memoryLimitMiB: 64 });
  const { code, stdout } = await unnoticed(engine, neighbour, run(sandbox, 'python3', '-c', 'x = bytearray(300 << 20); print(len(x))'));
  expect({ code, stdout }).toEqual({ code: 137, stdout: '' });
  expect((await run(sandbox, 'echo', 'alive')).stdout).toBe('alive\n');
});

it('an entrypoint that takes too much memory ends its sandbox with 137', async () => {
  const sandbox = await engine.sandbox({ memoryMiB: 64, memoryLimitMiB: 64, command: ['python3', '-c', 'x = bytearray(300 << 20)'] });
  expect(await sandbox.wait()).toBe(137);
});

it('/dev/shm and /dev end at their sizes, which are charged to the sandbox', async () => {
  const sandbox = await engine.sandbox({ memoryMiB: 128, memoryLimitMiB: 128 });
  const fill = (path: string) => run(sandbox, 'sh', '-c', `head -c 256M /dev/zero > ${path}; stat -c %s ${path}`);
  const shm = await fill('/dev/shm/x');
  expect(shm.stderr).toContain('No space left on device');
  expect(Number(shm.stdout)).toBeLessThanOrEqual(64 << 20);
  const take = () => run(sandbox, 'python3', '-c', 'x = bytearray(90 << 20)');
  expect((await take()).code).toBe(137);
  await run(sandbox, 'rm', '/dev/shm/x');
  expect((await take()).code).toBe(0);
  const dev = await fill('/dev/x');
  expect(dev.stderr).toContain('No space left on device');
  expect(Number(dev.stdout)).toBeLessThanOrEqual(1 << 20);
});

it('descriptors end at the limit, and sandboxes cannot raise it', async () => {
  const sandbox = await engine.sandbox();
  const answers = await probe(sandbox, `
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
print(hard <= 65536)
def fill():
    held = []
    while len(held) <= hard: held.append(os.dup(0))
print(attempt(fill))
def raised():
    try: resource.setrlimit(resource.RLIMIT_NOFILE, (hard + 1, hard + 1)); return 'raised'
    except (ValueError, PermissionError): return 'refused'
print(raised())`);
  expect(answers.split('\n')).toEqual(['True', 'EMFILE', 'refused']);
});

it('inotify instances, terminals, semaphores and locked memory end, and the neighbour has its own', async () => {
  const program = `
import resource
def until(action, most):
    for number in range(most):
        answer = attempt(action)
        if isinstance(answer, str): return answer
        if answer == -1: return errno.errorcode[ctypes.get_errno()]
    return 'unbounded'
held = []
print('inotify', until(lambda: libc.inotify_init1(0), 70000))
os.closerange(3, 70000)
print('pty', until(lambda: os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY), 3000))
os.closerange(3, 70000)
print('semaphores', until(lambda: call(64, 0, 1, 0o1600), 40000))
print('locked', call(151, 1 | 2))
`;
  const sandbox = await engine.sandbox();
  const answers = (await unnoticed(engine, neighbour, probe(sandbox, program))).split('\n');
  expect(answers[0]).toMatch(/^inotify E(MFILE|NOSPC)$/);
  expect(answers[1]).toMatch(/^pty E(NOSPC|MFILE|IO|NOMEM|AGAIN)$/);
  expect(answers[2]).toMatch(/^semaphores E(NOSPC|NOMEM|NOSYS)$/);
  expect(answers[3]).toMatch(/^locked E(NOMEM|PERM|AGAIN)$/);
  expect(await probe(neighbour, "print(call(64, 0, 10, 0o1600) >= 0, libc.inotify_init1(0) >= 0, os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY) >= 0)")).toBe('True True True');
});

it('twenty busy threads get the CPU that was given, no more', async () => {
  const sandbox = await engine.sandbox({ cpu: 0.125, cpuLimit: 0.25 });
  const program = `
import resource, threading, time
end = time.monotonic() + 2
def spin():
    while time.monotonic() < end: sum(range(1000))

for _ in range(20):
    if os.fork() == 0:
        spin(); os._exit(0)
for _ in range(20): os.wait()
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime)`;
  const start = performance.now();
  const used = Number(await unnoticed(engine, neighbour, probe(sandbox, program)));
  expect(used / ((performance.now() - start) / 1000)).toBeLessThan(0.35);
});
