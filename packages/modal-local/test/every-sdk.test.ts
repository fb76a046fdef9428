import { startLocalModal } from '@computesdk/modal-local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openSdk, SDK_NAMES, type AnySandbox, type Sdk } from './sdks.js';

let engine: Awaited<ReturnType<typeof startLocalModal>>;

beforeAll(async () => {
  engine = await startLocalModal();
});
afterAll(() => engine.stop());

describe.each(SDK_NAMES)('modal %s', (name) => {
  let sdk: Sdk;
  let sandbox: AnySandbox;

  beforeAll(async () => {
    sdk = await openSdk(name, engine.env);
    sandbox = await sdk.create();
  });
  afterAll(async () => {
    await sandbox.terminate();
    sdk.close();
  });

  async function output(command: string[], options?: { workdir?: string; timeoutMs?: number }) {
    const process = await sandbox.exec(command, options);
    const [stdout, stderr, exitCode] = await Promise.all([process.stdout.readText(), process.stderr.readText(), process.wait()]);
    return { stdout, stderr, exitCode };
  }

  it('tells a command’s output, its errors and its exit code apart', async () => {
    expect(await output(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 7 });
  });

  it('runs a command where it is told to', async () => {
    expect((await output(['pwd'], { workdir: '/tmp' })).stdout).toBe('/tmp\n');
  });

  it('adds 128 to the signal that ended a command', async () => {
    expect((await output(['sh', '-c', 'kill -TERM $$'])).exitCode).toBe(143);
  });

  it('says 127 of a program that is not there', async () => {
    expect((await output(['no-such-program'])).exitCode).toBe(127);
  });

  it('ends a command at its time limit', async () => {
    const exitCode = await output(['sleep', '1000'], { timeoutMs: 1000 }).then(
      (result) => result.exitCode,
      // The SDK may meet its own deadline first.
      (error: unknown) => String(error).includes('Deadline exceeded') && 137,
    );
    expect(exitCode).toBe(137);
  });

  it('carries text through standard input, up to its end', async () => {
    const process = await sandbox.exec(['cat']);
    await process.stdin.writeText('one\n');
    await process.stdin.writeText('zwei ✓\n');
    await process.stdin.close();
    expect(await process.stdout.readText()).toBe('one\nzwei ✓\n');
    expect(await process.wait()).toBe(0);
  });

  it('runs commands at the same time', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => output(['sh', '-c', `echo ${n}`])));
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('streams a megabyte of output complete', async () => {
    const { stdout } = await output(['sh', '-c', 'yes 0123456789abcde | head -c 1048576']);
    expect(stdout.length).toBe(1_048_576);
  });

  it('finds a running sandbox by its id', async () => {
    const found = await sdk.fromId(sandbox.sandboxId);
    expect(await found.poll()).toBeNull();
  });

  it('ends a sandbox when it is told to, and says 137', async () => {
    const other = await sdk.create();
    const waiting = other.wait();
    await (await sdk.fromId(other.sandboxId)).terminate();
    expect(await waiting).toBe(137);
  });

  it('ends with its entrypoint, whose output and exit code it keeps', async () => {
    const other = await sdk.create({ command: ['sh', '-c', 'echo from the entrypoint; echo to stderr >&2; exit 3'] });
    expect(await other.wait()).toBe(3);
    expect(await other.stdout.readText()).toBe('from the entrypoint\n');
    expect(await other.stderr.readText()).toBe('to stderr\n');
    expect(await other.poll()).toBe(3);
  });

  it('hands standard input to the entrypoint', async () => {
    const other = await sdk.create({ command: ['sh', '-c', 'read line; echo "got $line"'] });
    await other.stdin.writeText('a line\n');
    expect(await other.wait()).toBe(0);
    expect(await other.stdout.readText()).toBe('got a line\n');
  });

  it('ends a sandbox at its time limit, and says 124', async () => {
    const other = await sdk.create({ timeoutMs: 1000 });
    expect(await other.wait()).toBe(124);
  });

  it('opens a tunnel to a port', async () => {
    const other = await sdk.create({ command: ['python3', '-m', 'http.server', '8000', '--bind', '127.0.0.1'], encryptedPorts: [8000] });
    try {
      const tunnels = await other.tunnels();
      expect(tunnels[8000]?.url).toMatch(/^https:\/\//);
    } finally {
      await other.terminate();
    }
  });
});
