// Named objects in real sandboxes, through Modal's SDK.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startLocalModal } from '@computesdk/modal-local';
import { ModalClient, type Sandbox } from 'modal';
import { describe, expect, it } from 'vitest';

import { clientOf, eventually, run, testEngine } from './engine.js';
import { startS3Server } from './support/s3-server.js';

const engine = testEngine();
const printenv = async (sandbox: Sandbox, name: string) => (await run(sandbox, 'printenv', name)).stdout.trim();

describe('secrets', () => {
  it('reach the entrypoint, commands and each other in the order given', async () => {
    const secret = (entries: Record<string, string>) => engine.client.secrets.fromObject(entries);
    const sandbox = await engine.sandbox({
      secrets: [await secret({ A: 'first', B: 'first', C: 'first' }), await secret({ B: 'second', C: 'second' })],
      env: { C: 'env' },
    });
    expect([await printenv(sandbox, 'A'), await printenv(sandbox, 'B'), await printenv(sandbox, 'C')]).toEqual(['first', 'second', 'env']);
    const exec = await sandbox.exec(['sh', '-c', 'echo $A $B $C'], { secrets: [await secret({ A: 'exec' })], env: { B: 'exec-env' } });
    expect((await exec.stdout.readText()).trim()).toBe('exec exec-env env');
  });

  it('that the command line sets are served at once, and gone once deleted', async () => {
    const commandLine = fileURLToPath(new URL('../bin/modal-local.js', import.meta.url));
    await promisify(execFile)(process.execPath, [commandLine, 'secrets', 'set', 'seeded', 'TOKEN=t', '--state-dir', engine.local.stateDir]);
    const secret = await engine.client.secrets.fromName('seeded', { requiredKeys: ['TOKEN'] });
    const sandbox = await engine.sandbox({ secrets: [secret] });
    expect(await printenv(sandbox, 'TOKEN')).toBe('t');
    await engine.client.secrets.delete('seeded');
    await expect(sandbox.exec(['true'], { secrets: [secret] })).rejects.toThrow(`NOT_FOUND: Secret '${secret.secretId}' not found`);
  });
});

describe('volumes', () => {
  it('carry files from sandbox to sandbox, at once', async () => {
    const volume = await engine.client.volumes.fromName('shared', { createIfMissing: true });
    const writer = await engine.sandbox({ volumes: { '/data': volume } });
    const reader = await engine.sandbox({ volumes: { '/mnt/v': volume.withMountOptions({ readOnly: true }) } });
    expect(await run(writer, 'sh', '-c', 'echo hello > /data/file && stat -c %U /data')).toMatchObject({ stdout: 'root\n', code: 0 });
    expect((await run(reader, 'cat', '/mnt/v/file')).stdout).toBe('hello\n');
    expect((await run(reader, 'sh', '-c', 'echo no > /mnt/v/file')).stderr).toMatch(/[Rr]ead-only/);
    await writer.reloadVolumes();
    await writer.terminate();
    expect((await run(reader, 'cat', '/mnt/v/file')).stdout).toBe('hello\n');
  });

  it('show one of their directories, which a sandbox cannot redirect', async () => {
    const volume = await engine.client.volumes.fromName('parts', { createIfMissing: true });
    const whole = await engine.sandbox({ volumes: { '/v': volume } });
    const part = await engine.sandbox({ volumes: { '/part': volume.withMountOptions({ subPath: 'a/b' }) } });
    await run(part, 'sh', '-c', 'echo x > /part/file');
    expect((await run(whole, 'cat', '/v/a/b/file')).stdout).toBe('x\n');
    await run(whole, 'sh', '-c', 'mv /v/a /v/moved && ln -s /etc /v/a && ln -s / /v/root');
    await expect(engine.sandbox({ volumes: { '/part': volume.withMountOptions({ subPath: 'root/etc' }) } })).rejects.toThrow(/root is not a directory/);
    expect((await run(part, 'cat', '/part/file')).stdout).toBe('x\n');
  });

  it('are gone once deleted, even under a sandbox that goes on writing', async () => {
    const volume = await engine.client.volumes.fromName('busy', { createIfMissing: true });
    const sandbox = await engine.sandbox({ volumes: { '/v': volume } });
    await sandbox.exec(['sh', '-c', 'while mkdir -p /v/a/b; do : > /v/a/b/$(date +%N); done 2>/dev/null']);
    await eventually(async () => (await run(sandbox, 'ls', '/v/a/b')).code === 0, 'the first file');
    await engine.client.volumes.delete('busy');
    await sandbox.terminate({ wait: true });
    await expect(engine.client.volumes.fromName('busy')).rejects.toThrow("Volume 'busy' not found");
    const again = await engine.client.volumes.fromName('busy', { createIfMissing: true });
    const reader = await engine.sandbox({ volumes: { '/v': again } });
    expect((await run(reader, 'ls', '-A', '/v')).stdout).toBe('');
  });

  it('that are unknown are named', async () => {
    const volume = await engine.client.volumes.fromName('doomed', { createIfMissing: true });
    await engine.client.volumes.delete('doomed');
    await expect(engine.sandbox({ volumes: { '/v': volume } })).rejects.toThrow(`Volume '${volume.volumeId}' not found`);
  });
});

describe('proxies', () => {
  it('that exist are taken for what they are here: names', async () => {
    const cli = fileURLToPath(new URL('../bin/modal-local.js', import.meta.url));
    await promisify(execFile)(process.execPath, [cli, 'proxies', 'add', 'known', '--state-dir', engine.local.stateDir]);
    const sandbox = await engine.sandbox({ proxy: await engine.client.proxies.fromName('known') });
    expect((await run(sandbox, 'echo', 'here')).stdout).toBe('here\n');
  });

  it('that do not exist are refused', async () => {
    await expect(engine.sandbox({ proxy: { proxyId: 'pr-x' } })).rejects.toThrow(/NOT_FOUND.*Proxy 'pr-x' not found/);
  });
});

describe('environments', () => {
  it('names an environment that is missing, where the SDK speaks of the app alone', async () => {
    const said: string[] = [];
    const note = (message: string) => void said.push(message);
    process.env['MODAL_SERVER_URL'] = engine.local.url;
    const { MODAL_TOKEN_ID: tokenId = '', MODAL_TOKEN_SECRET: tokenSecret = '' } = engine.local.env;
    const client = new ModalClient({ tokenId, tokenSecret, logger: { debug: () => undefined, info: () => undefined, warn: note, error: note } });
    await expect(client.apps.fromName('any', { environment: 'staging', createIfMissing: true })).rejects.toThrow("App 'any' not found");
    expect(said).toContain("Environment 'staging' not found");
    client.close();
  });
});

describe('cloud buckets', () => {
  it('are directories of a sandbox', async () => {
    await using server = await startS3Server('data', 'AKTEST');
    server.objects.set('data/models/weights.txt', { body: Buffer.from('weights'), headers: {} });
    const secret = await engine.client.secrets.fromObject({ AWS_ACCESS_KEY_ID: 'AKTEST', AWS_SECRET_ACCESS_KEY: 'secret' });
    const bucket = engine.client.cloudBucketMounts.create('data', { secret, bucketEndpointUrl: server.url });
    const sandbox = await engine.sandbox({ cloudBucketMounts: { '/bucket': bucket } });
    expect(await run(sandbox, 'cat', '/bucket/models/weights.txt')).toMatchObject({ stdout: 'weights', code: 0 });
    expect(await run(sandbox, 'sh', '-c', 'echo result > /bucket/out.txt')).toMatchObject({ stderr: '', code: 0 });
    expect(server.objects.get('data/out.txt')?.body.toString()).toBe('result\n');
    await sandbox.terminate();
  });

  it('lose their client with the engine, however that ends', async () => {
    await using server = await startS3Server('data', 'AKTEST');
    const stateDir = mkdtempSync(join(tmpdir(), 'objects-killed-'));
    const local = await startLocalModal({ stateDir });
    const client = clientOf(local);
    const secret = await client.secrets.fromObject({ AWS_ACCESS_KEY_ID: 'AKTEST', AWS_SECRET_ACCESS_KEY: 'secret' });
    const app = await client.apps.fromName('killed', { createIfMissing: true });
    const bucket = client.cloudBucketMounts.create('data', { secret, bucketEndpointUrl: server.url });
    await client.sandboxes.create(app, client.images.fromRegistry('python:3.13-slim'), { cloudBucketMounts: { '/bucket': bucket } });
    const clients = () => processes().filter(({ args }) => basename(args[0] ?? '') === 's3fs' && args.some((arg) => arg.startsWith(stateDir)));
    const [s3fs] = clients();
    if (s3fs === undefined) throw new Error('No s3fs runs for the bucket');
    expect(s3fs.args.join(' ')).not.toContain('AKTEST');
    process.kill(s3fs.parent, 'SIGKILL');
    await eventually(() => clients().length === 0, 'the end of s3fs');
    client.close();
    await local.stop();
    rmSync(stateDir, { recursive: true });
  });

  it('that cannot be mounted say why', async () => {
    await using server = await startS3Server('data', 'AKTEST');
    const bucket = engine.client.cloudBucketMounts.create('data', { bucketEndpointUrl: server.url });
    await expect(engine.sandbox({ cloudBucketMounts: { '/bucket': bucket } })).rejects.toThrow(/FAILED_PRECONDITION.*Bucket 'data'/s);
  });
});

describe('a state directory', () => {
  it('keeps named objects, volumes and queues for the next engine', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'objects-state-'));
    try {
      const ids: string[] = [];
      for (const round of [1, 2]) {
        await using local = await startLocalModal({ stateDir });
        const client = clientOf(local);
        const create = round === 1;
        const app = await client.apps.fromName('kept', { createIfMissing: create });
        const volume = await client.volumes.fromName('kept', { createIfMissing: create });
        const queue = await client.queues.fromName('kept', { createIfMissing: create });
        const image = client.images.fromRegistry('python:3.13-slim');
        const sandbox = await client.sandboxes.create(app, image, { volumes: { '/v': volume } });
        if (create) {
          await queue.put('from the first engine');
          await run(sandbox, 'sh', '-c', 'echo kept > /v/file');
        } else {
          expect(await queue.get()).toBe('from the first engine');
          expect((await run(sandbox, 'cat', '/v/file')).stdout).toBe('kept\n');
        }
        ids.push(`${app.appId} ${volume.volumeId} ${queue.queueId}`);
        await sandbox.terminate();
        client.close();
      }
      expect(ids[1]).toBe(ids[0]);
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });

  it('tells the next engine how sandboxes ended', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'objects-state-'));
    const ids: Record<string, string> = {};
    try {
      {
        await using local = await startLocalModal({ stateDir });
        const client = clientOf(local);
        const app = await client.apps.fromName('past', { createIfMissing: true });
        const image = client.images.fromRegistry('python:3.13-slim');
        const ended = await client.sandboxes.create(app, image, { command: ['sh', '-c', 'exit 3'], name: 'ended', tags: { a: 'b' } });
        const running = await client.sandboxes.create(app, image);
        expect(await ended.wait()).toBe(3);
        Object.assign(ids, { ended: ended.sandboxId, running: running.sandboxId });
        client.close();
      }
      await using local = await startLocalModal({ stateDir });
      const client = clientOf(local);
      const ended = await client.sandboxes.fromName('past', 'ended', { includeTerminated: true });
      expect(ended.sandboxId).toBe(ids['ended']);
      expect([await ended.poll(), await ended.wait(), await ended.getTags()]).toEqual([3, 3, { a: 'b' }]);
      await ended.terminate();
      expect(await (await client.sandboxes.fromId(ids['running'] ?? '')).wait()).toBe(137);
      await expect(ended.exec(['true'])).rejects.toThrow(/already finished|not found/);
      await local.reset();
      await expect(ended.poll()).rejects.toThrow(/NOT_FOUND/);
      client.close();
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });

  it('is empty of names after a reset', async () => {
    await using local = await startLocalModal();
    const client = clientOf(local);
    await client.volumes.fromName('v', { createIfMissing: true });
    await local.reset();
    await expect(client.volumes.fromName('v')).rejects.toThrow("Volume 'v' not found");
    client.close();
  });
});

describe('older SDKs', () => {
  it('0.7.6 mounts volumes and passes secrets', async () => {
    const { ModalClient } = await import('modal-0.7.6');
    Object.assign(process.env, engine.local.env);
    const client = new ModalClient({ logLevel: 'error' });
    const app = await client.apps.fromName('older', { createIfMissing: true });
    const volume = await client.volumes.fromName('older', { createIfMissing: true });
    const secrets = [await client.secrets.fromObject({ A: 'from a secret' })];
    const sandbox = await client.sandboxes.create(app, client.images.fromRegistry('python:3.13-slim'), { volumes: { '/v': volume }, secrets, env: { B: 'from env' } });
    const exec = await sandbox.exec(['sh', '-c', 'echo $A, $B > /v/file && cat /v/file']);
    expect(await exec.stdout.readText()).toBe('from a secret, from env\n');
    await sandbox.terminate();
    client.close();
  });

  it('0.3.16 mounts volumes', async () => {
    const { App, Volume, initializeClient } = await import('modal-0.3.16');
    Object.assign(process.env, engine.local.env);
    initializeClient({ tokenId: engine.local.env['MODAL_TOKEN_ID'] ?? '', tokenSecret: engine.local.env['MODAL_TOKEN_SECRET'] ?? '' });
    const app = await App.lookup('oldest', { createIfMissing: true });
    const volume = await Volume.fromName('oldest', { createIfMissing: true });
    const sandbox = await app.createSandbox(await app.imageFromRegistry('python:3.13-slim'), { volumes: { '/v': volume } });
    const exec = await sandbox.exec(['sh', '-c', 'echo written > /v/file && cat /v/file']);
    expect(await exec.stdout.readText()).toBe('written\n');
    await sandbox.terminate();
  });
});

it('leaves no mount behind', () => {
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toMatch(/modal-local.*(pin-|bucket-)/);
});

it('gives a sandbox an identity token only when asked, and publishes what verifies it', async () => {
  const without = await engine.sandbox();
  expect((await run(without, 'printenv', 'MODAL_IDENTITY_TOKEN')).code).toBe(1);
  const sandbox = await engine.sandbox({ includeOidcIdentityToken: true });
  const [header = '', claims = ''] = (await printenv(sandbox, 'MODAL_IDENTITY_TOKEN')).split('.');
  const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(decode(claims)).toMatchObject({ sandbox_id: sandbox.sandboxId, app_name: 'tests', environment_name: 'main' });
  const { keys } = JSON.parse(readFileSync(join(engine.local.stateDir, 'identity-jwks.json'), 'utf8')) as { keys: { kid: string }[] };
  expect(decode(header)).toMatchObject({ alg: 'ES256', kid: keys[0]?.kid });
});

/** Of this machine, with their command lines. */
function processes(): { parent: number; args: string[] }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return [{ args, parent: Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) }];
      } catch {
        return []; // It has just ended.
      }
    });
}
