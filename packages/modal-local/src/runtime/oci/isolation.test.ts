import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTestHost, type TestHost, type TestSandbox } from '../testing/test-host.js';

let host: TestHost;
let sandbox: TestSandbox;

beforeAll(async () => {
  host = await openTestHost();
  sandbox = await host.sandbox();
});
afterAll(async () => await host[Symbol.asyncDispose]());

test('root inside is nobody of importance outside', async () => {
  const inside = await sandbox.sh('id -u; sed -n "s/^NoNewPrivs:\\t//p; s/^Seccomp:\\t//p; s/^CapEff:\\t//p" /proc/self/status; cat /proc/self/uid_map');
  expect(inside.output.split(/\s+/).filter(Boolean)).toEqual(['0', '00000000000404fb', '1', '2', '0', '200000', '65536']);
});

test('only its own processes are visible', async () => {
  const { output } = await sandbox.sh('ls /proc | grep -c "^[0-9]"; tr "\\0" " " < /proc/1/cmdline');
  expect(Number(output.split('\n')[0])).toBeLessThan(8);
  expect(output).toContain('/__modal/.bin/modal-sandbox-fs-tools --init');
});

test('nothing of the host shows in its mounts, files, environment or name', async () => {
  const { output } = await sandbox.sh('cat /proc/self/mountinfo /proc/mounts; ls -a /root /home; cat /etc/shadow; env; hostname; ls /sys');
  expect(output).not.toContain(host.stateDir);
  expect(output).not.toContain(host.instance.engineId);
  expect(output).not.toContain(process.cwd());
  expect(output).not.toContain(process.env['HOME'] === '/root' ? '.bashrc' : process.env['HOME']);
  expect(output).toContain('lowerdir=../sb/');
  expect(output.split('\n')).toContain('modal');
  expect((await sandbox.sh('cat /proc/cmdline /proc/kallsyms /proc/kcore 2>/dev/null | wc -c')).output.trim()).toBe('0');
});

test.each([
  ['mount -t tmpfs none /mnt', 'mounting'],
  ['umount /proc', 'unmounting'],
  ['unshare --user true', 'a user namespace of its own'],
  ['unshare --net true', 'a network namespace of its own'],
  ['nsenter --target 1 --net true', 'entering a namespace'],
  ['hostname other', 'renaming itself'],
  ['mknod /tmp/sda b 8 0', 'a block device'],
  ['echo 1 > /proc/sys/kernel/panic', 'kernel settings'],
  ['echo b > /proc/sysrq-trigger', 'sysrq'],
  ['date -s 2000-01-01', 'the clock'],
  ['touch /sys/x', 'writing to /sys'],
  ['touch /usr/x', "writing to the host's programs"],
  ['echo x > /__modal/.bin/modal-sandbox-fs-tools', "overwriting the agent's binary"],
])('%s is refused', async (script) => {
  expect((await sandbox.sh(script)).code).not.toBe(0);
});

test.each([
  ['AF_VSOCK', 40],
  ['AF_ALG', 38],
  ['AF_PACKET', 17],
])('a socket of family %s is refused', async (_name, family) => {
  const { output } = await sandbox.sh(`python3 -c 'import socket; socket.socket(${family}, socket.SOCK_STREAM)'`);
  expect(output).toMatch(/Operation not permitted|Function not implemented/);
});

test.each([
  ['keyctl', 250],
  ['bpf', 321],
  ['perf_event_open', 298],
  ['userfaultfd', 323],
  ['io_uring_setup', 425],
  ['kexec_load', 246],
  ['init_module', 175],
  ['open_by_handle_at', 304],
  ['fsopen', 430],
  ['pivot_root', 155],
])('the system call %s answers EPERM', async (_name, number) => {
  const program = `import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); libc.syscall(${number}, 0, 0, 0, 0, 0); print(ctypes.get_errno())`;
  expect((await sandbox.sh(`python3 -c '${program}'`)).output.trim()).toBe('1');
});

test('its loopback is up, and every port is its own', async () => {
  const { output } = await sandbox.sh(`python3 -c '
import socket
server = socket.create_server(("127.0.0.1", 80)); client = socket.create_connection(("127.0.0.1", 80)); print("connected")'`);
  expect(output.trim()).toBe('connected');
});

test('threads, subprocesses, sqlite, TLS and Node work inside', async () => {
  const python = await sandbox.sh(`python -c '
import multiprocessing, ssl, sqlite3, subprocess, threading
t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()
with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))
print(subprocess.check_output(["echo", "child"]).decode().strip(), ssl.create_default_context() is not None, sqlite3.sqlite_version > "3")'`);
  expect(python.output.split('\n')).toEqual(['thread', '[1, 2]', 'child True True', '']);
  const node = await sandbox.sh(`node -e 'new (require("worker_threads").Worker)("console.log(6 * 7)", { eval: true })'`);
  expect(node.output.trim()).toBe('42');
});

test('a mount appears where asked, with the host root as its own root', async () => {
  const source = join(host.stateDir, 'volume');
  await mkdir(source, { mode: 0o700 });
  await writeFile(join(source, 'note'), 'hello');
  const mounts = [
    { source, target: '/data/in', readOnly: true, idmap: true },
    { source, target: '/data/out', readOnly: false, idmap: true },
  ];
  const { sh } = await host.sandbox({ mounts });
  expect((await sh('cat /data/in/note; stat -c %u:%a /data/in; echo more >> /data/out/note && cat /data/in/note')).output).toBe('hello0:700\nhellomore\n');
  expect((await sh('touch /data/in/x')).output).toContain('Read-only file system');
});
