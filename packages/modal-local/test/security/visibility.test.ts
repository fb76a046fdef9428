// What a sandbox can learn about its host and about other sandboxes.

import { hostname } from 'node:os';

import { beforeAll, expect, it, vi } from 'vitest';
import type { Sandbox } from 'modal';

import { run, testEngine } from '../engine.js';

// In the environment of the program that starts the engine, and nowhere else.
vi.stubEnv('OF_THE_HOST', 'a-variable-of-the-host');
const engine = testEngine();
let sandbox: Sandbox;
let everything: string;
beforeAll(async () => {
  const secret = await engine.client.secrets.fromObject({ OTHER: 'a-secret-of-another' });
  const other = await engine.client.sandboxes.create(engine.app, engine.image, { secrets: [secret], env: { PLAIN: 'a-variable-of-another' }, name: 'another-one' });
  await run(other, 'sh', '-c', 'echo a-file-of-another > /tmp/file; echo a-file-of-another > /dev/shm/file');
  sandbox = await engine.client.sandboxes.create(engine.app, engine.image);
  const { stdout } = await run(sandbox, 'sh', '-c', `
    env; cat /proc/*/environ /proc/*/cmdline /proc/*/mountinfo /proc/mounts /proc/*/cgroup /proc/*/comm 2>/dev/null
    cat /etc/hostname /etc/hosts /etc/resolv.conf /etc/passwd /proc/sys/kernel/hostname /etc/machine-id 2>/dev/null
    ls -lan / /root /home /tmp /dev/shm /dev/mqueue /run /var /var/tmp /etc /sys /mnt /srv /opt /__modal 2>/dev/null
    cat /tmp/* /dev/shm/* 2>/dev/null; ipcs 2>/dev/null; cat /proc/net/unix /proc/net/tcp /proc/net/arp`);
  everything = stdout;
  expect(everything).toContain('lowerdir=');
});

it('nothing of the host shows but its kernel', () => {
  for (const text of ['a-variable-of-the-host', engine.local.stateDir, engine.local.env['MODAL_TOKEN_SECRET'] ?? '', engine.local.env['MODAL_TOKEN_ID'] ?? '', process.cwd(), `${hostname()}\n`]) {
    expect(text).not.toBe('');
    expect(everything).not.toContain(text);
  }
});

it('nothing of another sandbox shows', () => {
  for (const text of ['a-secret-of-another', 'a-variable-of-another', 'a-file-of-another', 'another-one']) expect(everything).not.toContain(text);
});

it('control groups, sockets and names are its own', async () => {
  const { stdout } = await run(sandbox, 'sh', '-c', 'cut -d: -f3 /proc/self/cgroup | sort -u; wc -l < /proc/net/unix; cat /proc/sys/kernel/hostname');
  const [group, sockets, name] = stdout.trim().split('\n');
  expect(group).toBe('/');
  expect(Number(sockets)).toBeLessThan(4);
  expect(name).toMatch(/^modal-/);
});

it('addresses of the kernel are hidden', async () => {
  const { stdout } = await run(sandbox, 'sh', '-c', 'cat /proc/kallsyms /proc/modules /proc/kcore 2>/dev/null | wc -c; dmesg 2>&1 | wc -l; cat /proc/self/stack 2>&1; cat /proc/net/unix');
  expect(stdout).toMatch(/^0\n[01]\n/);
  expect(stdout).not.toMatch(/ffff[89a-f][0-9a-f]{11}/);
});

it('a secret is not among the facts of its sandbox, nor in its files', async () => {
  const secret = await engine.client.secrets.fromObject({ KEY: 'a-secret-of-its-own' });
  const holder = await engine.sandbox({ secrets: [secret], tags: { a: 'b' } });
  expect((await run(holder, 'printenv', 'KEY')).stdout).toBe('a-secret-of-its-own\n');
  const listed = [];
  for await (const item of engine.client.sandboxes.list()) listed.push({ id: item.sandboxId, tags: await item.getTags() });
  expect(JSON.stringify(listed)).not.toContain('a-secret-of-its-own');
  const files = await run(holder, 'sh', '-c', 'grep -rl a-secret-of-its-own /etc /tmp /root /var /run /home /__modal 2>/dev/null');
  expect(files.stdout).toBe('');
});
