import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runChecked } from '../host/command.js';
import { openTestHost, type TestHost, type TestSandbox } from '../testing/test-host.js';

describe.each(['crun', 'runc'])('under %s, the network of a sandbox', (runtime) => {
  let host: TestHost;
  beforeAll(async () => {
    host = await openTestHost({ runtimes: [runtime] });
  });
  afterAll(async () => await host[Symbol.asyncDispose]());

  test('is joined by another', async () => {
    const first = await host.sandbox();
    await using network = await first.container.openNetwork();
    const second = await host.sandbox({ netnsPath: network.path });
    const own = await first.sh('readlink /proc/self/ns/net');
    expect(own.output).toMatch(/^net:/);
    expect(await second.sh('readlink /proc/self/ns/net')).toEqual(own);
  });

  test('cannot be joined once it has ended', async () => {
    const { container } = await host.sandbox();
    await container.kill();
    await expect(container.openNetwork()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe.each(['crun', 'runc'])('under %s, a sandbox with a network namespace of the host', (runtime) => {
  const name = `mltest-${runtime}-${process.pid}`;
  let host: TestHost;
  let sandbox: TestSandbox;

  beforeAll(async () => {
    host = await openTestHost({ runtimes: [runtime] });
    await runChecked(['ip', 'netns', 'add', name]);
    await runChecked(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
    await runChecked(['ip', 'netns', 'exec', name, 'sysctl', '-qw', 'net.ipv4.ip_unprivileged_port_start=0']);
    sandbox = await host.sandbox({ netnsPath: `/run/netns/${name}` });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await runChecked(['ip', 'netns', 'delete', name]);
  });

  test('binds any port there, and has no power over it', async () => {
    const bind = `python3 -c 'import socket; socket.create_server(("127.0.0.1", 80)); print("bound")'`;
    expect((await sandbox.sh(bind)).output.trim()).toBe('bound');
    expect((await sandbox.sh('ip link add x type bridge')).code).not.toBe(0);
    expect((await sandbox.sh('ip link set lo down')).code).not.toBe(0);
  });

  test('is confined as any other', async () => {
    const facts = await sandbox.sh('id -u; sed -n "s/^NoNewPrivs:\\t//p; s/^Seccomp:\\t//p; s/^CapEff:\\t//p" /proc/self/status; unshare --user true; echo $?');
    expect(facts.output.split(/\s+/)).toEqual(expect.arrayContaining(['0', '00000000000404fb', '1', '2']));
    expect(facts.output).toContain('Operation not permitted');
    expect((await sandbox.sh('mount -t tmpfs none /mnt')).code).not.toBe(0);
  });
});
