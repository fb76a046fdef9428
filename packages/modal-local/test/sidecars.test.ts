import type { Image } from 'modal';
import { beforeAll, describe, expect, it } from 'vitest';

import { eventually, testEngine } from './engine.js';

const engine = testEngine();
let image: Image;
beforeAll(async () => {
  image = await engine.client.images.fromRegistry('python:3.13-slim').build(engine.app);
});

async function output(process: { stdout: { readText(): Promise<string> }; wait(): Promise<number> }): Promise<string> {
  const [text, code] = await Promise.all([process.stdout.readText(), process.wait()]);
  expect(code).toBe(0);
  return text;
}

describe('a sidecar', () => {
  it('has files of its own, and the network of its sandbox', async () => {
    const sandbox = await engine.sandbox({ command: ['python3', '-m', 'http.server', '8123', '--bind', '127.0.0.1'], workdir: '/tmp' });
    const sidecar = await sandbox.experimentalSidecars.create('helper', image);
    expect(sidecar.containerName).toBe('helper');
    const fetchPage = 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:8123").status)';
    await eventually(async () => (await (await sidecar.exec(['python3', '-c', fetchPage])).wait()) === 0, 'the sandbox to answer its sidecar');

    await sidecar.filesystem.writeText('only in the sidecar', '/tmp/mine');
    expect(await sidecar.filesystem.readText('/tmp/mine')).toBe('only in the sidecar');
    await expect(sandbox.filesystem.readText('/tmp/mine')).rejects.toThrow('/tmp/mine');
  });

  it('has its variables, secrets, volumes and directory', async () => {
    const sandbox = await engine.sandbox();
    const secret = await engine.client.secrets.fromObject({ WHO: 'secret', WHAT: 'secret' });
    const volume = await engine.client.volumes.fromName('with-sidecar', { createIfMissing: true });
    const sidecar = await sandbox.experimentalSidecars.create('helper', image, {
      env: { WHO: 'env' },
      secrets: [secret],
      volumes: { '/data': volume },
      workdir: '/tmp',
    });
    expect(await output(await sidecar.exec(['sh', '-c', 'echo $WHO $WHAT $PWD; touch /data/written && ls /data']))).toBe('env secret /tmp\nwritten\n');
    await sidecar.reloadVolumes();
  });

  it('ends with its command, when it is told to, or with its sandbox', async () => {
    const sandbox = await engine.sandbox();
    const { experimentalSidecars: sidecars } = sandbox;
    const [done, ended, left] = await Promise.all([
      sidecars.create('done', image, { command: ['sh', '-c', 'exit 3'] }),
      sidecars.create('ended', image),
      sidecars.create('left', image),
    ]);
    expect(await done.wait()).toBe(3);
    expect(await ended.poll()).toBeNull();
    expect(await ended.terminate({ wait: true })).toBe(137);
    expect((await sidecars.list()).map(({ containerName }) => containerName)).toEqual(['left']);
    expect((await sidecars.list({ includeTerminated: true })).length).toBe(3);
    expect((await sidecars.get('left')).containerId).toBe(left.containerId);
    await expect(sidecars.get('ended')).rejects.toThrow('"ended" not found');
    expect(await (await sidecars.get('ended', { includeTerminated: true })).wait()).toBe(137);
    await sandbox.terminate({ wait: true });
    expect(await left.wait()).toBe(137);
  });

  it('is snapshotted, and has images mounted', async () => {
    const sandbox = await engine.sandbox();
    const sidecar = await sandbox.experimentalSidecars.create('helper', image);
    await sidecar.filesystem.writeText('kept', '/work/kept');
    const copy = await engine.client.sandboxes.create(engine.app, await sidecar.snapshotFilesystem());
    expect(await copy.filesystem.readText('/work/kept')).toBe('kept');
    await copy.terminate({ wait: true });
    await sidecar.mountImage('/mounted', await sidecar.snapshotDirectory('/work'));
    expect(await sidecar.filesystem.readText('/mounted/kept')).toBe('kept');
    await sidecar.unmountImage('/mounted');
    await expect(sidecar.filesystem.readText('/mounted/kept')).rejects.toThrow('/mounted/kept');
  });

  it('has a name that is free, and no policy of its own', async () => {
    const sandbox = await engine.sandbox();
    const { experimentalSidecars: sidecars } = sandbox;
    const first = await sidecars.create('helper', image);
    await expect(sidecars.create('helper', image)).rejects.toThrow("'helper' already exists");
    await expect(sidecars.create('no name', image)).rejects.toThrow("Invalid container name: 'no name'");
    await expect(sidecars.create('main', image)).rejects.toThrow('main');
    await expect(sidecars.create('other', image, { outboundDomainAllowlist: ['example.com'] })).rejects.toThrow('give the allowlists to the sandbox');
    const { cpClient } = engine.client;
    await expect(cpClient.sandboxContainerCreateV2({ sandboxId: sandbox.sandboxId, containerName: 'other', definition: { imageId: image.imageId, resources: { memoryMb: 64 } } })).rejects.toThrow('resources belongs to the sandbox');
    const definition = { imageId: image.imageId, experimentalOptions: { enable_exit_snapshot: true } };
    await expect(cpClient.sandboxContainerCreateV2({ sandboxId: sandbox.sandboxId, containerName: 'other', definition })).rejects.toThrow('experimental_options belongs to the sandbox');
    await expect(sidecars.create('other', image, { includeOidcIdentityToken: true })).rejects.toThrow('include_oidc_identity_token belongs to the sandbox');
    await first.terminate({ wait: true });
    await sidecars.create('helper', image);
  });

  it('is created on the data path for a V1 sandbox', async () => {
    process.env['MODAL_USE_CONTROL_PLANE_SIDECAR_CREATE'] = '0';
    try {
      const sandbox = await engine.sandbox();
      const sidecar = await sandbox.experimentalSidecars.create('helper', image, { env: { A: 'b' } });
      expect(await output(await sidecar.exec(['sh', '-c', 'echo $A']))).toBe('b\n');
    } finally {
      delete process.env['MODAL_USE_CONTROL_PLANE_SIDECAR_CREATE'];
    }
  });
});
