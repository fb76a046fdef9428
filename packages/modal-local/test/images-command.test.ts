// `modal-local images` and `modal-local prune`, and engines that start later on what they left.

import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fixtureArchive } from '../src/images/testing/archive-fixture.js';
import { baseRootArchive, checked } from './support/base-root.js';
import { run, testEngine } from './engine.js';
import { writeOciLayout } from './support/oci-image.js';

const stateDir = mkdtempSync(join(tmpdir(), 'modal-local-images-'));
const files = mkdtempSync(join(tmpdir(), 'modal-local-files-'));
const program = fileURLToPath(new URL('../bin/modal-local.js', import.meta.url));

async function modalLocal(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, '--state-dir', stateDir]);
  return stdout.trim();
}

interface Row {
  id: string;
  names: string[];
  layers: number;
  bytes: number;
}

async function list(): Promise<Row[]> {
  return JSON.parse(await modalLocal('images', 'list', '--json')) as Row[];
}

beforeAll(async () => {
  const layout = join(files, 'layout');
  const second = fixtureArchive([{ name: 'bin/.wh.wget' }, { name: 'opt/', type: '5', mode: 0o750, uid: 7, gid: 8 }, { name: 'opt/file', content: 'from the image' }]);
  writeOciLayout(layout, [readFileSync(await baseRootArchive()), second], { Env: ['PATH=/bin:/usr/bin', 'FROM_IMAGE=yes'], WorkingDir: '/opt', Entrypoint: ['/bin/env'], Cmd: ['true'], Labels: { a: 'b' } });
  await checked('skopeo', ['--insecure-policy', 'copy', `oci:${layout}:image`, `docker-archive:${join(files, 'docker.tar')}:team/app:1`]);
  await checked('skopeo', ['--insecure-policy', 'copy', `oci:${layout}:image`, `oci-archive:${join(files, 'oci.tar')}:image`]);
}, 240_000);

afterAll(() => {
  for (const directory of [stateDir, files]) rmSync(directory, { recursive: true, force: true });
});

describe('modal-local images', () => {
  it('imports docker save archives, OCI layouts and archives, and roots; equal layers are kept once', async () => {
    expect(await modalLocal('images', 'import', join(files, 'docker.tar'), 'app:docker')).toMatch(/^Image 'app:docker' in environment 'main' is im-/);
    await modalLocal('images', 'import', join(files, 'oci.tar'), 'app:oci');
    await modalLocal('images', 'import', join(files, 'layout'), 'app:layout');
    await modalLocal('images', 'import', await baseRootArchive(), 'root');
    const rows = await list();
    expect(rows.map(({ layers }) => layers).sort()).toEqual([1, 2, 2, 2]);
    expect(readdirSync(join(stateDir, 'l')).filter((name) => /^[a-z2-7]{8}$/.test(name))).toHaveLength(2);
    expect(rows.every(({ bytes }) => bytes > 10_000_000)).toBe(true);
    expect(await modalLocal('images', 'list')).toMatch(/^ID +NAMES +LAYERS +SIZE +USED +SOURCE\n/);
    expect(readdirSync(join(stateDir, 'tmp'))).toEqual([]);
  });

  it('imports a packed root, and ends', async () => {
    const packed = join(files, 'root.tar.gz');
    await pipeline(createReadStream(await baseRootArchive()), createGzip({ level: 1 }), createWriteStream(packed));
    await modalLocal('images', 'import', packed, 'packed');
    await modalLocal('images', 'rm', 'packed');
  });

  it('names an image anew', async () => {
    const { id } = JSON.parse(await modalLocal('images', 'alias', 'python:3.13-slim', 'app:docker', '--json')) as { id: string };
    expect((await list()).find((row) => row.id === id)?.names).toContain('docker.io/library/python:3.13-slim');
  });

  it('lets this machine stand in for a name', async () => {
    const { id } = JSON.parse(await modalLocal('images', 'alias', 'alpine:3.21', 'host', '--json')) as { id: string };
    expect((await list()).find((row) => row.id === id)?.names).toEqual(['docker.io/library/alpine:3.21']);
    await expect(modalLocal('images', 'export', 'alpine:3.21', join(files, 'none'))).rejects.toThrow("this machine's own files");
  });

  it('exports what it can import again', async () => {
    for (const [format, file] of [['docker-archive', 'again.docker'], ['oci-archive', 'again.oci']] as const) {
      await modalLocal('images', 'export', 'app:docker', join(files, file), '--format', format);
      await modalLocal('images', 'import', join(files, file), `again:${format}`);
    }
    const inspected = JSON.parse(await checked('skopeo', ['inspect', '--config', `docker-archive:${join(files, 'again.docker')}`])) as { config: { WorkingDir: string; Labels: unknown } };
    expect(inspected.config).toMatchObject({ WorkingDir: '/opt', Labels: { a: 'b' } });
  });

  it.each([
    [['images'], 'images takes list, pull'],
    [['images', 'import', '/none', 'x'], "There is no file '/none'"],
    [['images', 'import', files, 'x'], 'without an OCI layout'],
    [['images', 'alias', 'x', 'nothing-like-it'], "There is no image 'nothing-like-it'"],
    [['images', 'import', 'FILE', 'Not A Name'], 'is not an image name'],
    [['images', 'pull', 'python:3.13-slim', 'more'], 'takes one NAME'],
    [['prune', '--max-size', 'big'], '--max-size takes a number'],
  ])('%j is an error: %s', async (args, message) => {
    await expect(modalLocal(...args)).rejects.toThrow(message);
  });

  it('refuses a file that is no image, and keeps nothing of it', async () => {
    const path = join(files, 'noise');
    writeFileSync(path, 'no image at all');
    const before = readdirSync(join(stateDir, 'l'));
    await expect(modalLocal('images', 'import', path, 'noise')).rejects.toThrow('is no image');
    expect(readdirSync(join(stateDir, 'l'))).toEqual(before);
  });
});

describe('an engine on the same state directory', () => {
  const engine = testEngine({ stateDir });

  it('starts sandboxes from imported and aliased images, by either name', async () => {
    const images = [
      await engine.client.images.fromName('app:oci'),
      await engine.client.images.fromRegistry('app:layout').build(engine.app),
      await engine.client.images.fromRegistry('python:3.13-slim').build(engine.app),
      await engine.client.images.fromRegistry('again:docker-archive').build(engine.app),
      await engine.client.images.fromRegistry('again:oci-archive').build(engine.app),
    ];
    for (const image of images) {
      const sandbox = await engine.client.sandboxes.create(engine.app, image);
      const { stdout } = await run(sandbox, 'sh', '-c', 'pwd; cat file; echo; stat -c "%a %u %g" /opt; echo $FROM_IMAGE; [ -e /bin/wget ] || echo deleted');
      expect(stdout).toBe('/opt\nfrom the image\n750 7 8\nyes\ndeleted\n');
      await sandbox.terminate();
    }
  }, 60_000);

  it('starts sandboxes of this machine’s own programs by the name that was given to them', async () => {
    const sandbox = await engine.client.sandboxes.create(engine.app, engine.client.images.fromRegistry('alpine:3.21'));
    expect((await run(sandbox, 'python3', '-c', 'print(6 * 7)')).stdout).toBe('42\n');
    await sandbox.terminate();
  });

  it('keeps what it uses while others prune', async () => {
    const sandbox = await engine.client.sandboxes.create(engine.app, await engine.client.images.fromName('app:oci'), { command: ['sleep', '100'] });
    for (const { id } of await list()) await modalLocal('images', 'rm', id);
    expect(await list()).toEqual([]);
    await modalLocal('prune', '--unused-for', '0', '--named');
    expect((await run(sandbox, 'cat', '/opt/file')).stdout).toBe('from the image');
    await sandbox.terminate();
  });
});
