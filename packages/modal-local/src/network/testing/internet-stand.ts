// A piece of the internet for tests: a namespace behind the host that owns a public-looking documentation range, a
// private range and the metadata address, with HTTP and DNS servers inside. Nothing leaves the machine.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runChecked, runCommand } from '../../runtime/host/command.js';

export interface InternetStand extends AsyncDisposable {
  /** Public addresses, each with HTTP on port 80, HTTPS on 443 and DNS on port 53. */
  readonly first: string;
  readonly second: string;
  /** An address of 10.0.0.0/8 that the host can reach; HTTP on port 80. */
  readonly privateAddress: string;
  /** The host's own address on the link to the stand. */
  readonly hostAddress: string;
}

/** `zone` maps names to addresses; `first`, `second` and `private` stand for those of the stand. */
export async function standInternet(
  zone: Readonly<Record<string, string>>,
  options: { tls?: { cert: string; key: string } } = {},
): Promise<InternetStand> {
  const space = `in${randomBytes(3).toString('hex')}`;
  for (let block = 0; block < 16; block += 1) {
    const at = (offset: number): string => `203.0.113.${block * 16 + offset}`;
    const stand = { first: at(2), second: at(3), privateAddress: `10.191.${block}.2`, hostAddress: at(1) };
    try {
      const lines = [
        `netns add ${space}`,
        `link add ${space} type veth peer name eth0 netns ${space}`,
        `addr add ${stand.hostAddress}/28 dev ${space}`,
        `link set ${space} up`,
        `route add ${stand.privateAddress}/32 via ${stand.first}`,
        `route replace 169.254.169.254/32 via ${stand.first}`,
        ...[`lo up`, `eth0 up`].map((link) => `netns exec ${space} ip link set ${link}`),
        ...[`${stand.first}/28`, `${stand.second}/28`, `${stand.privateAddress}/32`, '169.254.169.254/32'].map(
          (address) => `netns exec ${space} ip addr add ${address} dev eth0`,
        ),
      ];
      await runChecked(['ip', '-batch', '-'], { input: lines.join('\n') });
    } catch {
      // Another run on this machine holds the block.
      await remove(space);
      continue;
    }
    const names = Object.entries(zone).map(([name, address]) => [
      name,
      { first: stand.first, second: stand.second, private: stand.privateAddress }[address] ?? address,
    ]);
    const server = await serve(space, JSON.stringify({ zone: Object.fromEntries(names), tls: options.tls }));
    return {
      ...stand,
      async [Symbol.asyncDispose]() {
        server.kill('SIGKILL');
        await remove(space);
      },
    };
  }
  throw new Error('every block of 203.0.113.0/24 is in use on this machine');
}

async function serve(space: string, settings: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./internet-stand-server.mjs', import.meta.url));
  const server = spawn('ip', ['netns', 'exec', space, process.execPath, program, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(server.stdout, 'data'), once(server, 'exit').then(() => Promise.reject(new Error('the stand ended')))]);
  return server;
}

async function remove(space: string): Promise<void> {
  await runCommand(['ip', '-force', '-batch', '-'], { input: `link del ${space}\nnetns del ${space}\n` });
}

/** What one connection from inside a namespace came to: the body, or the error's code. */
export async function reachFrom(netnsPath: string | undefined, urls: readonly string[]): Promise<string[]> {
  const script = `
    const get = (url) => fetch(url, { signal: AbortSignal.timeout(3000) }).then((r) => r.text(), (e) => e.cause?.code ?? e.name);
    Promise.all(${JSON.stringify(urls)}.map(get)).then((results) => console.log(JSON.stringify(results)));`;
  return runIn(netnsPath, script);
}

/** Resolves names inside a namespace through one server: addresses, or the error's code. */
export async function resolveFrom(netnsPath: string | undefined, server: string, names: readonly string[]): Promise<(string[] | string)[]> {
  const script = `
    const resolver = new (require('node:dns').promises.Resolver)({ timeout: 2000, tries: 1 });
    resolver.setServers([${JSON.stringify(server)}]);
    Promise.all(${JSON.stringify(names)}.map((name) => resolver.resolve4(name).catch((e) => e.code)))
      .then((results) => console.log(JSON.stringify(results)));`;
  return runIn(netnsPath, script);
}

async function runIn<Result>(netnsPath: string | undefined, script: string): Promise<Result> {
  if (netnsPath === undefined) throw new Error('no namespace');
  const output = await runChecked(['nsenter', `--net=${netnsPath}`, process.execPath, '-e', script]);
  return JSON.parse(output) as Result;
}
