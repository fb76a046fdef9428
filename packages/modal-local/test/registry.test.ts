// Images from real registries on this machine, through Modal's own SDK.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startLocalModal } from '@computesdk/modal-local';
import { fixtureArchive } from '../src/images/testing/archive-fixture.js';
import { baseRootArchive, checked } from './support/base-root.js';
import { clientOf, run, testEngine } from './engine.js';
import { sha256, writeOciLayout } from './support/oci-image.js';
import { PASSWORD, startRegistry, USER, type TestRegistry } from './support/registry.js';

const stateDir = mkdtempSync(join(tmpdir(), 'modal-local-images-'));
const scratch = mkdtempSync(join(tmpdir(), 'modal-local-scratch-'));
const engine = testEngine({ stateDir });
let registry: TestRegistry;
let basic: TestRegistry;
let token: TestRegistry;
let digest: string;

beforeAll(async () => {
  [registry, basic, token] = await Promise.all([startRegistry(), startRegistry('basic'), startRegistry('token')]);
  const second = fixtureArchive([
    { name: 'etc/', type: '5', mode: 0o755 },
    { name: 'etc/.wh.issue' },
    { name: 'etc/added', content: 'by the second layer', uid: 1000, gid: 1000 },
  ]);
  const layout = join(scratch, 'layout');
  writeOciLayout(layout, [readFileSync(await baseRootArchive()), second], {
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'GREETING=hello'],
    WorkingDir: '/srv/app',
    User: '1000:1000',
    Labels: { kind: 'test' },
  });
  await push(layout, `${registry.address}/team/base:1`);
  digest = (JSON.parse(await checked('skopeo', ['inspect', '--tls-verify=false', `docker://${registry.address}/team/base:1`])) as { Digest: string }).Digest;
  for (const { address } of [basic, token]) await push(layout, `${address}/private:1`, ['--dest-creds', `${USER}:${PASSWORD}`]);
}, 240_000);

afterAll(async () => {
  await Promise.all([registry, basic, token].map((each) => each[Symbol.asyncDispose]()));
  for (const directory of [stateDir, scratch]) rmSync(directory, { recursive: true, force: true });
});

async function push(layout: string, target: string, options: readonly string[] = []): Promise<void> {
  await checked('skopeo', ['--insecure-policy', 'copy', '--dest-tls-verify=false', ...options, `oci:${layout}:image`, `docker://${target}`]);
}

async function build(name: string, secret?: Record<string, string>) {
  const options = secret === undefined ? undefined : await engine.client.secrets.fromObject(secret);
  return await engine.client.images.fromRegistry(name, options).build(engine.app);
}

describe('an image from a registry', () => {
  it('is pulled once, with its configuration, owners and whiteouts', async () => {
    const image = await build(`${registry.address}/team/base:1`);
    const sandbox = await engine.client.sandboxes.create(engine.app, image, { command: ['sleep', '60'] });
    try {
      const { stdout } = await run(sandbox, 'sh', '-c', 'echo $GREETING; pwd; id -u; stat -c %u:%g /etc/added; ls /etc/issue /etc/added 2>&1; python3 -c "print(6 * 7)"');
      expect(stdout.split('\n')).toEqual(['hello', '/srv/app', '1000', '1000:1000', 'ls: /etc/issue: No such file or directory', '/etc/added', '42', '']);
    } finally {
      await sandbox.terminate();
    }
    const before = registry.requests.length;
    expect((await build(`${registry.address}/team/base:1`)).imageId).toBe(image.imageId);
    expect(registry.requests.length).toBe(before);
  });

  it('is found by its digest, and its layers are shared', async () => {
    const layers = readdirSync(join(stateDir, 'l')).sort();
    await build(`${registry.address}/team/base@${digest}`);
    expect(readdirSync(join(stateDir, 'l')).sort()).toEqual(layers);
  });

  it('may be a list of variants, of which this machine’s is taken', async () => {
    const manifest = Buffer.from(await (await fetch(`http://${registry.address}/v2/team/base/manifests/1`, { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } })).arrayBuffer());
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const variant = (name: string, of: string) => ({ mediaType, digest: of, size: manifest.length, platform: { os: 'linux', architecture: name } });
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [variant(architecture === 'amd64' ? 'arm64' : 'amd64', sha256(manifest)), variant(architecture, sha256(manifest))] };
    const put = await fetch(`http://${registry.address}/v2/team/base/manifests/multi`, { method: 'PUT', headers: { 'content-type': index.mediaType }, body: JSON.stringify(index) });
    expect(put.status).toBe(201);
    const image = await build(`${registry.address}/team/base:multi`);
    expect(image.imageId).toMatch(/^im-/);
  });

  it.each([
    ['basic', () => basic],
    ['token', () => token],
  ])('behind %s authentication needs the secret', async (_kind, door) => {
    const name = `${door().address}/private:1`;
    await expect(build(name)).rejects.toThrow(/does not let you have.*REGISTRY_USERNAME/s);
    await expect(build(name, { REGISTRY_USERNAME: USER })).rejects.toThrow('has no REGISTRY_PASSWORD');
    await expect(build(name, { REGISTRY_USERNAME: USER, REGISTRY_PASSWORD: 'wrong' })).rejects.toThrow('does not let you have');
    expect((await build(name, { REGISTRY_USERNAME: USER, REGISTRY_PASSWORD: PASSWORD })).imageId).toMatch(/^im-/);
    expect(readdirSync(join(stateDir, 'tmp'))).toEqual([]);
  });

  it('behind a password is opened by a login of this machine, wherever its file is', async () => {
    const file = join(scratch, 'auth.json');
    writeFileSync(file, JSON.stringify({ auths: { [basic.address]: { auth: Buffer.from(`${USER}:${PASSWORD}`).toString('base64') } } }));
    vi.stubEnv('REGISTRY_AUTH_FILE', file);
    await using local = await startLocalModal().finally(() => vi.unstubAllEnvs());
    const client = clientOf(local);
    const app = await client.apps.fromName('logged-in', { createIfMissing: true });
    expect((await client.images.fromRegistry(`${basic.address}/private:1`).build(app)).imageId).toMatch(/^im-/);
    client.close();
  });

  it('is fetched again after a failure that passes', async () => {
    const layout = join(scratch, 'flaky');
    writeOciLayout(layout, [fixtureArchive([{ name: 'flaky', content: String(Math.random()) }])]);
    await push(layout, `${registry.address}/flaky:1`);
    registry.failNext(1, /\/flaky\/blobs\//, 503);
    expect((await build(`${registry.address}/flaky:1`)).imageId).toMatch(/^im-/);
  });

  it('that holds a hostile layer is refused, and leaves nothing', async () => {
    const layout = join(scratch, 'hostile');
    writeOciLayout(layout, [fixtureArchive([{ name: 'up', type: '2', linkName: '/tmp' }, { name: 'up/evil', content: 'x' }])]);
    await push(layout, `${registry.address}/hostile:1`);
    const layers = readdirSync(join(stateDir, 'l')).sort();
    await expect(build(`${registry.address}/hostile:1`)).rejects.toThrow('would be written through');
    expect(readdirSync(join(stateDir, 'l')).sort()).toEqual(layers);
  });

  it('whose blob is not what the manifest promises is refused', async () => {
    const layout = join(scratch, 'forged');
    const archive = fixtureArchive([{ name: 'f', content: 'forged' }]);
    writeOciLayout(layout, [archive]);
    const [blob] = readdirSync(join(layout, 'blobs/sha256')).filter((name) => readFileSync(join(layout, 'blobs/sha256', name)).subarray(0, 2).equals(Buffer.from([0x1f, 0x8b])));
    await push(layout, `${registry.address}/forged:1`);
    mkdirSync(join(stateDir, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(stateDir, 'blobs/sha256', blob ?? ''), 'something else');
    await expect(build(`${registry.address}/forged:1`)).rejects.toThrow('The image layer is refused');
    // The damaged copy is gone: the next attempt fetches the real one.
    expect((await build(`${registry.address}/forged:1`)).imageId).toMatch(/^im-/);
  });

  it('that is not there, or whose name is none, is an error that says so', async () => {
    await expect(build(`${registry.address}/team/base:nope`)).rejects.toThrow("The registry has no image '");
    await expect(build('Not A Name')).rejects.toThrow(/malformed|lower case/);
    await expect(build('UPPER')).rejects.toThrow('lower case');
  });
});
