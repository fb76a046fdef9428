// What the kernel offers beyond files and processes, asked for by system call and answered by errno.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { beforeAll, expect, it } from 'vitest';
import type { Sandbox } from 'modal';

import { run, testEngine } from '../engine.js';
import { probe } from './probe.js';

const execute = promisify(execFile);
const engine = testEngine();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await engine.client.sandboxes.create(engine.app, engine.image);
});

const WRITES: readonly [path: string, value: string][] = [
  ['/proc/sys/kernel/core_pattern', '|/tmp/x'],
  ['/proc/sys/kernel/modprobe', '/tmp/x'],
  ['/proc/sys/vm/drop_caches', '3'],
  ['/proc/sys/fs/file-max', '1'],
  ['/proc/sys/net/ipv4/ip_forward', '1'],
  ['/proc/sysrq-trigger', 'b'],
  ['/proc/irq/0/smp_affinity', '1'],
  ['/sys/devices/system/cpu/cpu1/online', '0'],
  ['/sys/kernel/uevent_helper', '/tmp/x'],
  ['/proc/1/oom_score_adj', '-1000'],
];

it('kernel settings are not written', async () => {
  const write = ([path, value]: [string, string]) => `attempt(lambda: os.write(os.open('${path}', os.O_WRONLY), b'${value}'))`;
  const answers = await each(WRITES.map(([path, value]) => [path, write([path, value])]));
  for (const answer of answers) expect(answer).toMatch(/ E(ROFS|ACCES|PERM|NOENT)$/);
});

const HIDDEN = ['kcore', 'keys', 'kallsyms', 'kmsg', 'modules', 'timer_list', 'config.gz', 'sched_debug', 'interrupts', 'cmdline', 'kpagecount', 'vmallocinfo', 'slabinfo'];

it('masked files of /proc tell nothing', async () => {
  const answers = await each(HIDDEN.map((name) => [name, `attempt(lambda: len(open('/proc/${name}', 'rb', buffering=0).read(4096)))`]));
  for (const answer of answers) expect(answer).toMatch(/ (0|E(ACCES|PERM|NOENT|IO))$/);
});

const CLONE_NEWUSER = 0x1000_0000;
const SIGCHLD = 17;
const CAP_FREE = "b'x\\0'";

/** By the name of the error. Calls that are refused for their arguments answer as on a kernel without them. */
const DENIED: Record<string, readonly [name: string, program: string][]> = {
  EPERM: [
    ['mount', `call(165, b'none\\0', b'/mnt\\0', b'tmpfs\\0', 0, 0)`],
    ['a bind mount', `call(165, b'/\\0', b'/mnt\\0', ${CAP_FREE}, 4096, 0)`],
    ['a remount', `call(165, b'none\\0', b'/proc/sys\\0', ${CAP_FREE}, 32, 0)`],
    ['umount2', `call(166, b'/proc\\0', 2)`],
    ['pivot_root', `call(155, b'/\\0', b'/\\0')`],
    ['fsopen', `call(430, b'tmpfs\\0', 0)`],
    ['open_tree', `call(428, -100, b'/\\0', 1)`],
    ['move_mount', `call(429, -100, b'/\\0', -100, b'/mnt\\0', 0)`],
    ['mount_setattr', `call(442, -100, b'/\\0', 0, 0, 0)`],
    ['unshare of a user namespace', `call(272, ${CLONE_NEWUSER})`],
    ['unshare of a mount namespace', `call(272, ${0x2_0000})`],
    ['setns', `call(308, attempt(lambda: os.open('/proc/self/ns/net', 0)), 0)`],
    ['keyctl', `call(250, 0, -3, 0)`],
    ['add_key', `call(248, b'user\\0', b'a\\0', b'a\\0', 1, -3)`],
    ['bpf', `call(321, 0, 0, 0)`],
    ['perf_event_open', `call(298, 0, 0, -1, -1, 0)`],
    ['userfaultfd', `call(323, 0)`],
    ['io_uring_setup', `call(425, 1, 0)`],
    ['kexec_load', `call(246, 0, 0, 0, 0)`],
    ['finit_module', `call(313, 0, b'\\0', 0)`],
    ['delete_module', `call(176, b'x\\0', 0)`],
    ['a raw socket', `call(41, 2, 3, 1)`],
    ['reboot', `call(169, 0xfee1dead, 672274793, 0x1234567, 0)`],
    ['swapon', `call(167, b'/x\\0', 0)`],
    ['settimeofday', `call(164, 0, 0)`],
    ['clock_settime', `call(227, 0, 0)`],
    ['syslog', `call(103, 3, 0, 0)`],
    ['quotactl', `call(179, 0, 0, 0, 0)`],
    ['acct', `call(163, b'/tmp/x\\0')`],
    ['iopl', `call(172, 3)`],
    ['open_by_handle_at', `call(304, -100, 0, 0)`],
  ],
  ENOSYS: [
    ['clone into a user namespace', `call(56, ${CLONE_NEWUSER + SIGCHLD}, 0, 0, 0, 0)`],
    ['clone3', `call(435, 0, 0)`],
    ['AF_ALG', `call(41, 38, 5, 0)`],
    ['AF_VSOCK', `call(41, 40, 1, 0)`],
    ['AF_PACKET', `call(41, 17, 3, 0)`],
  ],
};

it('mounts, namespaces, kernel keys, modules, clocks and rare socket families are denied', async () => {
  for (const [error, programs] of Object.entries(DENIED)) {
    expect(await each(programs)).toEqual(programs.map(([name]) => `${name} ${error}`));
  }
});

it('the tables of 32-bit and x32 system calls are closed: who calls is killed', async () => {
  const x32 = await run(sandbox, 'python3', '-c', 'import ctypes; print(ctypes.CDLL(None).syscall(0x40000000 + 39))');
  expect(x32).toMatchObject({ stdout: '', code: 159 });
  expect(await run(sandbox, 'python3', '-c', TABLE_OF_32_BIT)).toMatchObject({ stdout: '', code: (await thisMachineHasThatTable()) ? 159 : 139 });
});

// int 0x80 is the way into the other table: getpid there.
const TABLE_OF_32_BIT = `
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex('b814000000cd80c3'))
print(ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(code)))())`.trim();

/** Some kernels have none: there the instruction itself is a fault (139), before any filter (159). */
async function thisMachineHasThatTable(): Promise<boolean> {
  const ended = await execute('python3', ['-c', TABLE_OF_32_BIT]).catch((error: unknown) => error);
  return !(ended instanceof Error && 'signal' in ended && ended.signal === 'SIGSEGV');
}

it.each([
  ['a disk', 'S_IFBLK', 8, 0],
  ['memory', 'S_IFCHR', 1, 1],
  ['kvm', 'S_IFCHR', 10, 232],
])('no device node for %s is made', async (_what, kind, major, minor) => {
  const program = `
import stat
print(attempt(lambda: os.mknod('/tmp/node', stat.${kind} | 0o666, os.makedev(${major}, ${minor}))))
print(attempt(lambda: os.open('/tmp/node', os.O_RDONLY)))`;
  expect((await probe(sandbox, program)).split('\n')).toEqual(['EPERM', 'ENOENT']);
});

it('only harmless devices exist', async () => {
  const { stdout } = await run(sandbox, 'sh', '-c', 'find / -xdev \\( -type b -o -type c \\) 2>/dev/null; find /dev -type b -o -type c | sort');
  const devices = stdout.trim().split('\n').filter((name) => !name.startsWith('/dev/pts'));
  expect(devices.filter((name) => !/^\/dev\/(null|zero|full|random|urandom|tty|console)$/.test(name))).toEqual([]);
});

it('setuid programs and file capabilities give nothing', async () => {
  const program = `
import shutil, subprocess
shutil.copy('/bin/id', '/tmp/id'); os.chmod('/tmp/id', 0o4755)
print(subprocess.run(['/tmp/id', '-u'], user=1000, group=1000, extra_groups=[], capture_output=True, text=True).stdout.strip())
cap = bytes.fromhex('0100000200200000000000000000000000000000')
print(attempt(lambda: os.setxattr('/tmp/id', 'security.capability', cap)))
print(call(157, 39, 0, 0, 0, 0))`;
  expect((await probe(sandbox, program)).split('\n')).toEqual(['1000', 'EPERM', '1']);
});

/** `NAME ANSWER` for each. */
async function each(programs: readonly (readonly [name: string, program: string])[]): Promise<string[]> {
  const lines = programs.map(([name, program]) => `print(${JSON.stringify(name)}, ${program})`);
  return (await probe(sandbox, lines.join('\n'))).split('\n');
}
