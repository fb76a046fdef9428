// The command line, as a user types it, and what is left behind when it ends in whatever way.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { ModalClient } from 'modal';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { eventually } from './engine.js';

const CLI = path.resolve(import.meta.dirname, '../bin/modal-local.js');
const stateDir = mkdtempSync(path.join(tmpdir(), 'modal-local-cli-'));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => {
  rmSync(stateDir, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, MODAL_LOGLEVEL: 'error' } });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, ended, stdout: () => stdout };
}

const modalLocal = (...args: string[]) => start(...args).ended;

interface Served {
  url: string;
  env: Record<string, string>;
  pid: number;
  stateDir: string;
}

async function serve(...args: string[]) {
  const { child, ended, stdout } = start('serve', '--json', ...args);
  await eventually(() => stdout().endsWith('\n'), 'the engine to say where it is');
  return { child, ended, served: JSON.parse(stdout()) as Served };
}

/** A program that makes a sandbox with a process in it, and tells its id. */
const MAKE_A_SANDBOX = `
import { ModalClient } from 'modal';
const client = new ModalClient();
const app = await client.apps.fromName('cli', { createIfMissing: true });
const sandbox = await client.sandboxes.create(app, client.images.fromRegistry('python:3.13-slim'));
await sandbox.exec(['sleep', '7654321']);
console.log(sandbox.sandboxId);
client.close();
process.exit(3);
`;

async function makeSandbox(env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', MAKE_A_SANDBOX], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env, MODAL_LOGLEVEL: 'error' },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await new Promise((resolve) => child.on('close', resolve));
  return stdout.trim();
}

/** Whatever of a sandbox can be seen on the host: processes, mounts, control groups, directories. */
function traces(sandboxId: string): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n').filter((line) => line.includes(sandboxId));
  const groups = readdirSync('/sys/fs/cgroup').flatMap((controller) => {
    const folder = path.join('/sys/fs/cgroup', controller, 'modal-local');
    return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes(sandboxId)) : [];
  });
  const files = ['/run/modal-local', stateDir].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes(sandboxId)) : [],
  );
  return [...mounts, ...groups, ...files, ...sleepers()];
}

function sleepers(): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('sleep\x007654321');
    } catch {
      return false;
    }
  });
}

describe('modal-local exec', () => {
  it("runs a program under an engine, exits with its code, and leaves nothing behind", async () => {
    const { code, stdout } = await modalLocal('exec', '--ephemeral', '--', process.execPath, '--input-type=module', '-e', MAKE_A_SANDBOX);
    expect(stdout).toMatch(/^sb-/);
    expect(code).toBe(3);
    expect(traces(stdout.trim())).toEqual([]);
  });

  it('reports a signal as a shell does', async () => {
    const { code, stderr } = await modalLocal('exec', '--ephemeral', '--', 'sh', '-c', 'kill -TERM $$');
    // What an engine changes on the host it says, and whether it has to depends on the other engines that run.
    const complaints = stderr.split('\n').filter((line) => line !== '' && !line.includes('switched on IPv4 forwarding'));
    expect({ code, complaints }).toEqual({ code: 143, complaints: [] });
  });

  it('explains every variable that it sets', async () => {
    const { stdout } = await modalLocal('exec', '--ephemeral', '--', process.execPath, '-p', 'JSON.stringify(process.env)');
    const set = Object.entries<string>(JSON.parse(stdout)).flatMap(([name, value]) => (process.env[name] === value || name === 'MODAL_LOGLEVEL' ? [] : [name]));
    expect(set).toContain('NODE_EXTRA_CA_CERTS');
    const { stdout: help } = await modalLocal('exec', '--help');
    expect(set.filter((name) => !help.includes(name))).toEqual([]);
  });

  it('opens an inspector in the engine when asked', async () => {
    const { code, stderr } = await modalLocal('exec', '--ephemeral', '--inspect', '--', 'true');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Debugger listening on ws://127.0.0.1:') });
  });

  it('names the package that a network lacks, and leaves no part of one', async () => {
    const { stderr, links } = await onHostWithout(['nft'], 'exec', '--ephemeral', '--', 'true');
    expect(stderr).toContain('Sandboxes have no network: making one needs ip and nft. FIX: apt-get install -y nftables.');
    expect(links).not.toMatch(/^ml/m);
  });

  it('leaves no network when sandboxes cannot run', async () => {
    const { stderr, links } = await onHostWithout(['crun', 'runc', 'runsc'], 'exec', '--ephemeral', '--', 'true');
    expect(stderr).toContain('crun');
    expect(links).not.toMatch(/^ml/m);
  });

  it('finds the programs of the system when the PATH lacks their directories', async () => {
    const { stderr } = await promisify(execFile)(process.execPath, [CLI, 'exec', '--ephemeral', '--', '/bin/true'], { env: { ...process.env, PATH: '/usr/bin' } });
    expect(stderr).not.toContain('FIX');
  });

  it('says 127 of a program that does not exist', async () => {
    const { code, stderr } = await modalLocal('exec', '--ephemeral', '--', 'no-such-program');
    expect(code).toBe(127);
    expect(stderr).toContain('no-such-program cannot be started');
  });
});

describe('modal-local serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends at %s and leaves nothing behind', async (signal) => {
    const { child, ended, served } = await serve('--state-dir', stateDir);
    const sandboxId = await makeSandbox(served.env);
    expect(traces(sandboxId)).not.toEqual([]);
    child.kill(signal);
    expect((await ended).code).toBe(0);
    expect(traces(sandboxId)).toEqual([]);
  });

  it('keeps its seed, is as slow as it is told to be, and forgets everything at SIGUSR2', async () => {
    const ids = [];
    for (const latency of ['0', '300']) {
      const { child, ended, served } = await serve('--ephemeral', '--seed', 'cli', '--latency', latency);
      process.env['MODAL_SERVER_URL'] = served.url;
      const client = new ModalClient({ tokenId: served.env['MODAL_TOKEN_ID'] ?? '', tokenSecret: served.env['MODAL_TOKEN_SECRET'] ?? '', logLevel: 'error' });
      const started = performance.now();
      const app = await client.apps.fromName('seeded', { createIfMissing: true });
      // Two calls: the SDK asks for a token first.
      expect(performance.now() - started).toBeGreaterThanOrEqual(2 * Number(latency));
      ids.push(app.appId);
      child.kill('SIGUSR2');
      await eventually(async () => await client.apps.fromName('seeded').then(() => false, () => true), 'the app to be forgotten');
      client.close();
      child.kill('SIGTERM');
      await ended;
    }
    expect(ids[0]).toBe(ids[1]);
  });

  it('leaves nothing behind when it is killed and started again', async () => {
    const { child, ended, served } = await serve('--state-dir', stateDir);
    const sandboxId = await makeSandbox(served.env);
    expect(traces(sandboxId)).not.toEqual([]);
    const engine = childrenOf(served.pid);
    child.kill('SIGKILL');
    for (const pid of engine) process.kill(pid, 'SIGKILL');
    await ended;
    const again = await serve('--state-dir', stateDir);
    expect(traces(sandboxId)).toEqual([]);
    again.child.kill('SIGTERM');
    await again.ended;
  });

  it('takes its engine with it when it is killed, and that leaves nothing behind', async () => {
    const { child, ended, served } = await serve('--state-dir', stateDir);
    const sandboxId = await makeSandbox(served.env);
    child.kill('SIGKILL');
    await ended;
    await eventually(() => traces(sandboxId).length === 0, 'the engine to notice and to clean up');
  });

  it('names the engine that holds a state directory', async () => {
    const { child, ended } = await serve('--state-dir', stateDir);
    const second = await modalLocal('serve', '--state-dir', stateDir);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/Another engine, process \d+, uses the state directory/) });
    child.kill('SIGTERM');
    await ended;
  });
});

describe('modal-local', () => {
  it.each([
    [['sevre'], "did you mean 'serve'?"],
    [['serve', '--prot', '1'], "did you mean '--port'?"],
    [['serve', '--port', 'x'], '--port takes a number'],
    [['serve', '--ephemeral', '--state-dir', '/tmp/x'], 'exclude each other'],
    [['exec'], 'a command is needed'],
    [['exec', '--ephemeral', 'node', 'program.mjs'], 'modal-local exec [options] -- node program.mjs'],
    [['exec', '--unavailable', '5', '--', 'true'], '--unavailable takes a share from 0 to 1'],
  ])('answers %j with exit code 2 and a hint', async (args, hint) => {
    const { code, stderr } = await modalLocal(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });

  it.each([['serve'], ['exec']])('explains %s', async (verb) => {
    const { code, stdout } = await modalLocal(verb, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: modal-local ${verb}`);
  });
});

/** Runs the command line on a host with a network of its own and without these programs; tells what links there are afterwards. */
async function onHostWithout(programs: readonly string[], ...args: string[]): Promise<{ stderr: string; links: string }> {
  const script = 'for name in $HIDDEN; do path=$(command -v $name) && mount --bind /dev/null "$path"; done; "$@"; ip -brief link';
  const command = ['unshare', '--net', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', process.execPath, CLI, ...args] as const;
  const { stdout, stderr } = await promisify(execFile)(command[0], command.slice(1), { env: { ...process.env, HIDDEN: programs.join(' ') } });
  return { stderr, links: stdout };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

describe('modal-local', () => {
  it('says its version, which is the package’s', async () => {
    const { version } = createRequire(import.meta.url)('@computesdk/modal-local/package.json') as { version: string };
    expect(await modalLocal('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
