import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../runtime/host/programs.js';
import { createNetwork } from '../choose.js';
import { runChecked } from '../../runtime/host/command.js';
import type { NetworkDriver, NetworkPolicy, SandboxNetwork } from '../driver.js';
import { reachFrom, resolveFrom, standInternet, type InternetStand } from '../testing/internet-stand.js';
import { createVethNetwork } from './driver.js';
import { reapNetwork } from './reap.js';

const ZONE = {
  'allowed.test': 'first',
  'deep.below.allowed.test': 'first',
  'other.test': 'second',
  'rebind.allowed.test': 'private',
  'metadata.allowed.test': '169.254.169.254',
};

describe.runIf(process.getuid?.() === 0)('the veth network', () => {
  const engineId6 = randomBytes(3).toString('hex');
  let stand: InternetStand;
  let network: NetworkDriver;
  let hostService: Server;
  let hostPort: number;

  beforeAll(async () => {
    stand = await standInternet(ZONE);
    network = await createVethNetwork({ engineId6, nameServers: [{ address: stand.first }] });
    hostService = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhost')).listen(0, '0.0.0.0');
    await once(hostService, 'listening');
    hostPort = (hostService.address() as AddressInfo).port;
  });

  afterAll(async () => {
    hostService.close();
    await network[Symbol.asyncDispose]();
    await stand[Symbol.asyncDispose]();
  });

  async function withSandbox(policy: NetworkPolicy, use: (sandbox: SandboxNetwork) => Promise<void>): Promise<void> {
    const sandbox = await network.attach('sb-test', policy);
    try {
      await use(sandbox);
    } finally {
      await sandbox.release();
    }
  }

  const nameServer = (sandbox: SandboxNetwork): string => /nameserver (\S+)/.exec(sandbox.resolvConf)?.[1] ?? '';

  it('reaches a public address, from the host’s own address, and resolves names', async () => {
    await withSandbox({ kind: 'open' }, async (sandbox) => {
      expect(await reachFrom(sandbox.netnsPath, [`http://${stand.first}/`])).toEqual([`${stand.first} to ${stand.hostAddress}`]);
      expect(await resolveFrom(sandbox.netnsPath, nameServer(sandbox), ['allowed.test', 'nowhere.test'])).toEqual([
        [stand.first],
        'ENOTFOUND',
      ]);
    });
  });

  it('reaches no address of the host, no private range and no metadata service', async () => {
    // What the host itself can reach, so that the refusals below are the rules' doing.
    const own = await fetch(`http://${stand.privateAddress}/`);
    expect(await own.text()).toContain(stand.privateAddress);
    await withSandbox({ kind: 'open' }, async (sandbox) => {
      const hostAddresses = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter(({ family, internal }) => family === 'IPv4' && !internal)
        .map(({ address }) => `http://${address}:${hostPort}/`);
      const urls = [...hostAddresses, `http://${stand.privateAddress}/`, 'http://169.254.169.254/', `http://127.0.0.1:${hostPort}/`];
      const results = await reachFrom(sandbox.netnsPath, urls);
      expect(results).toEqual(urls.map(() => 'ECONNREFUSED'));
    });
  });

  it('keeps sandboxes apart', async () => {
    await withSandbox({ kind: 'open' }, async (one) => {
      await withSandbox({ kind: 'open' }, async (other) => {
        const listener = spawn('nsenter', [`--net=${one.netnsPath}`, process.execPath, '-e', `
          require('node:http').createServer((_, r) => r.end('mine')).listen(8080, '0.0.0.0', () =>
            console.log(require('node:os').networkInterfaces().eth0[0].address))`], { stdio: ['ignore', 'pipe', 'inherit'] });
        try {
          const [address] = (await once(listener.stdout, 'data')).map(String).map((text) => text.trim());
          expect(await reachFrom(one.netnsPath, [`http://${address}:8080/`])).toEqual(['mine']);
          const [result] = await reachFrom(other.netnsPath, [`http://${address}:8080/`]);
          expect(result).not.toBe('mine');
        } finally {
          listener.kill('SIGKILL');
        }
      });
    });
  });

  it('reaches nothing when blocked, not even a name server', async () => {
    await withSandbox({ kind: 'blocked' }, async (sandbox) => {
      expect(await reachFrom(sandbox.netnsPath, [`http://${stand.first}/`])).toEqual(['ECONNREFUSED']);
      expect(await resolveFrom(sandbox.netnsPath, nameServer(sandbox), ['allowed.test'])).toEqual(['EREFUSED']);
    });
  });

  it('holds an allowlist of ranges', async () => {
    await withSandbox({ kind: 'allowlist', cidrs: [`${stand.first}/32`], domains: [] }, async (sandbox) => {
      const results = await reachFrom(sandbox.netnsPath, [`http://${stand.first}/`, `http://${stand.second}/`]);
      expect(results).toEqual([expect.stringContaining(stand.first), 'ECONNREFUSED']);
    });
  });

  it('keeps private ranges closed under a range that covers everything', async () => {
    await withSandbox({ kind: 'allowlist', cidrs: ['0.0.0.0/0'], domains: [] }, async (sandbox) => {
      const results = await reachFrom(sandbox.netnsPath, [`http://${stand.first}/`, `http://${stand.privateAddress}/`]);
      expect(results).toEqual([expect.stringContaining(stand.first), 'ECONNREFUSED']);
    });
  });

  it('opens what an allowed name resolved to, and resolves no other name', async () => {
    await withSandbox({ kind: 'allowlist', cidrs: [], domains: ['*.Allowed.test'] }, async (sandbox) => {
      const { netnsPath } = sandbox;
      expect(await reachFrom(netnsPath, [`http://${stand.first}/`])).toEqual(['ECONNREFUSED']);
      expect(await resolveFrom(netnsPath, nameServer(sandbox), ['deep.below.allowed.test', 'other.test', 'notallowed.test'])).toEqual([
        [stand.first],
        'EREFUSED',
        'EREFUSED',
      ]);
      const results = await reachFrom(netnsPath, [`http://${stand.first}/`, `http://${stand.second}/`]);
      expect(results).toEqual([expect.stringContaining(stand.first), 'ECONNREFUSED']);
    });
  });

  it('opens no private address that an allowed name resolves to', async () => {
    await withSandbox({ kind: 'allowlist', cidrs: [], domains: ['allowed.test'] }, async (sandbox) => {
      await resolveFrom(sandbox.netnsPath, nameServer(sandbox), ['rebind.allowed.test', 'metadata.allowed.test']);
      const results = await reachFrom(sandbox.netnsPath, [`http://${stand.privateAddress}/`, 'http://169.254.169.254/']);
      expect(results).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    });
  });

  it('opens nothing with empty lists', async () => {
    await withSandbox({ kind: 'allowlist', cidrs: [], domains: [] }, async (sandbox) => {
      expect(await reachFrom(sandbox.netnsPath, [`http://${stand.first}/`])).toEqual(['ECONNREFUSED']);
      expect(await resolveFrom(sandbox.netnsPath, nameServer(sandbox), ['allowed.test'])).toEqual(['EREFUSED']);
    });
  });

  it('drops established connections that a new policy no longer permits, and keeps those that it does', async () => {
    await withSandbox({ kind: 'open' }, async (sandbox) => {
      const stream = spawn('nsenter', [`--net=${sandbox.netnsPath}`, process.execPath, '-e', `
        require('node:http').get('http://${stand.first}/stream', (r) => {
          r.on('data', () => console.log('tick'));
          r.on('error', () => process.exit(3));
        }).on('error', () => process.exit(3));`], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(stream, 'exit');
      await once(stream.stdout, 'data');
      await sandbox.setPolicy({ kind: 'allowlist', cidrs: [`${stand.first}/32`], domains: [] });
      await once(stream.stdout, 'data');
      await sandbox.setPolicy({ kind: 'allowlist', cidrs: [`${stand.second}/32`], domains: [] });
      const outcome = await Promise.race([exited.then(() => 'ended'), silence(stream.stdout, 1000)]);
      stream.kill('SIGKILL');
      expect(['ended', 'silent']).toContain(outcome);
      const results = await reachFrom(sandbox.netnsPath, [`http://${stand.first}/`, `http://${stand.second}/`]);
      expect(results).toEqual(['ECONNREFUSED', expect.stringContaining(stand.second)]);
    });
  });

  it('refuses lists that it cannot hold, naming the value', async () => {
    await expect(network.attach('sb', { kind: 'allowlist', cidrs: ['10.0.0.0/8'], domains: [] })).rejects.toThrow("'10.0.0.0/8'");
    await expect(network.attach('sb', { kind: 'allowlist', cidrs: ['1.2.3.4/33'], domains: [] })).rejects.toThrow("'1.2.3.4/33'");
    await expect(network.attach('sb', { kind: 'allowlist', cidrs: ['2001:db8::/32'], domains: [] })).rejects.toThrow('IPv6');
    await expect(network.attach('sb', { kind: 'allowlist', cidrs: [], domains: ['bad domain'] })).rejects.toThrow("'bad domain'");
  });

  it('keeps its own address on the link while others come and go', async () => {
    await withSandbox({ kind: 'open' }, async (sandbox) => {
      const resolved = () => resolveFrom(sandbox.netnsPath, nameServer(sandbox), ['allowed.test']);
      expect(await resolved()).toEqual([[stand.first]]);
      // A bridge without an address of its own takes the lowest of its ports', and sandboxes go on sending to the last one.
      const port = `mx${engineId6}`;
      await runChecked(['ip', 'link', 'add', port, 'address', '02:00:00:00:00:01', 'type', 'veth', 'peer', 'name', `${port}p`]);
      try {
        await runChecked(['ip', 'link', 'set', port, 'master', `ml${engineId6}`, 'up']);
        expect(await resolved()).toEqual([[stand.first]]);
      } finally {
        await runChecked(['ip', 'link', 'del', port]);
      }
    });
  });

  it('lets anyone inside bind low ports, and has no IPv6', async () => {
    await withSandbox({ kind: 'open' }, async (sandbox) => {
      const output = await runChecked(['nsenter', `--net=${sandbox.netnsPath}`, 'sh', '-c', 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ip -6 addr show']);
      expect(output.trim()).toBe('0');
    });
  });

  it('serves a burst larger than its pool', async () => {
    const sandboxes = await Promise.all(Array.from({ length: 20 }, () => network.attach('sb', { kind: 'open' })));
    expect(new Set(sandboxes.map((sandbox) => sandbox.netnsPath)).size).toBe(20);
    const [last] = sandboxes.slice(-1);
    expect(await reachFrom(last?.netnsPath, [`http://${stand.first}/`])).toEqual([expect.stringContaining(stand.first)]);
    await Promise.all(sandboxes.map((sandbox) => sandbox.release()));
  });

  it('leaves forwarding on while another engine needs it', async () => {
    const link = Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some(({ address }) => address === stand.hostAddress))?.[0];
    const forwards = () => readFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, 'utf8').trim();
    const another = await createVethNetwork({ engineId6: randomBytes(3).toString('hex'), nameServers: [] });
    await another[Symbol.asyncDispose]();
    expect(forwards()).toBe('1');
  });

  it('leaves nothing behind when it cannot be made, and says why', async () => {
    const id = randomBytes(3).toString('hex');
    const open = () => process.getActiveResourcesInfo().filter((resource) => /^(?:TCPServer|UDP)/i.test(resource)).length;
    const before = open();
    await withProgram('nft', 'case "$*" in *"list chains"*) echo no such luck >&2; exit 1; esac; exec "$REAL" "$@"', async () => {
      await expect(createVethNetwork({ engineId6: id, nameServers: [] })).rejects.toThrow('no such luck');
      const { limitation, name } = await createNetwork({ engineId: `${id}000000`, nameServers: [] });
      expect(name).toBe('none');
      expect(limitation).toMatch(/^Sandboxes have no network: `nft .* no such luck\. FIX: mend what this names/);
    });
    expect(open()).toBe(before);
    expect(readdirSync('/sys/class/net')).not.toContain(`ml${id}`);
  });

  it('leaves nothing behind when it stops, and when it is reaped after a crash', async () => {
    for (const end of ['stop', 'reap'] as const) {
      const id = randomBytes(3).toString('hex');
      const another = await createVethNetwork({ engineId6: id, nameServers: [] });
      if (end === 'stop') await another.attach('sb', { kind: 'open' });
      expect(readdirSync('/sys/class/net')).toContain(`ml${id}`);
      if (end === 'reap') await reapNetwork(id);
      await another[Symbol.asyncDispose]();
      expect([...readdirSync('/sys/class/net'), ...readdirSync('/run/netns')].filter((name) => name.startsWith(`ml${id}`))).toEqual([]);
      expect(await runChecked(['nft', 'list', 'tables'])).not.toContain(`ml${id}`);
    }
  });
});

/** While a script stands before the program, whose path it finds in `$REAL`. */
async function withProgram(name: string, script: string, use: () => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'program-'));
  const path = process.env['PATH'];
  writeFileSync(join(directory, name), `#!/bin/sh\nREAL=${await findProgram(name)}\n${script}\n`, { mode: 0o755 });
  process.env['PATH'] = `${directory}:${path}`;
  try {
    await use();
  } finally {
    process.env['PATH'] = path;
    rmSync(directory, { recursive: true });
  }
}

async function silence(stream: NodeJS.ReadableStream, milliseconds: number): Promise<'silent'> {
  return new Promise((resolve) => {
    let timer = setTimeout(() => resolve('silent'), milliseconds);
    stream.on('data', () => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve('silent'), milliseconds);
    });
  });
}
