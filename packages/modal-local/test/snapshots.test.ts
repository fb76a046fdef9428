// Snapshots of file systems and directories, through Modal's own SDK.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from 'modal';
import { describe, expect, it } from 'vitest';

import { eventually, run, testEngine } from './engine.js';

const engine = testEngine();

describe('a snapshot of the file system', () => {
  it('holds what was written, changed and deleted, while the sandbox goes on', async () => {
    const sandbox = await engine.sandbox();
    await run(sandbox, 'sh', '-c', 'mkdir -p /data/deep; echo one > /data/deep/f; ln /data/deep/f /data/hard; ln -s deep/f /data/soft; chmod 600 /data/deep/f; rm /etc/passwd; rm -r /home; mkdir /home; echo new > /home/new');
    const image = await sandbox.snapshotFilesystem();
    await run(sandbox, 'sh', '-c', 'echo two > /data/deep/f');
    const seen = await engine.shell(image, 'cat /data/deep/f /data/hard /data/soft; stat -c "%a %h" /data/deep/f; ls /home; ls /etc/passwd');
    expect(seen).toMatch(/^one\none\none\n600 2\nnew\nls: cannot access '\/etc\/passwd'/);
    expect((await run(sandbox, 'cat', '/data/deep/f')).stdout).toBe('two\n');
  });

  it('is one moment of a sandbox that keeps writing', async () => {
    const program = `
import itertools, os
for number in itertools.count():
    for name in '/a', '/b':
        with open('/new', 'w') as file: file.write(str(number))
        os.rename('/new', name)`;
    const sandbox = await engine.sandbox({ command: ['python3', '-c', program.trim()] });
    await eventually(async () => (await run(sandbox, 'test', '-e', '/b')).code === 0, 'the first files');
    let last = -1;
    for (let round = 0; round < 3; round++) {
      const image = await sandbox.snapshotFilesystem();
      const [a = NaN, b = NaN] = (await engine.shell(image, 'cat /a; echo; cat /b')).split('\n').map(Number);
      expect([b, b + 1]).toContain(a);
      expect(a).toBeGreaterThan(last);
      last = a;
    }
  });

  it('can be stacked thirty times', async () => {
    let image: Image = engine.image;
    for (let round = 1; round <= 30; round++) {
      const sandbox = await engine.client.sandboxes.create(engine.app, image);
      await run(sandbox, 'sh', '-c', `echo ${round} > /round-${round}; echo ${round} > /latest; rm -f /round-${round - 1}; rm -rf /dir; mkdir /dir; echo ${round} > /dir/${round}`);
      image = await sandbox.snapshotFilesystem();
      await sandbox.terminate();
    }
    expect(await engine.shell(image, 'cat /latest; ls -d /round-*; ls /dir')).toBe('30\n/round-30\n30\n');
  }, 120_000);

  it('is taken once for one request, and goes with its time', async () => {
    const sandbox = await engine.sandbox();
    const image = await sandbox.snapshotFilesystem({ ttlMs: 1_000 });
    expect(image.imageId).toMatch(/^im-/);
    await expect.poll(() => engine.client.images.fromId(image.imageId).then(() => 'there', () => 'gone'), { timeout: 5_000 }).toBe('gone');
  });

  it('is deleted and published by name', async () => {
    const sandbox = await engine.sandbox();
    await run(sandbox, 'sh', '-c', 'echo published > /p');
    const image = await sandbox.snapshotFilesystem();
    await image.publish('team/snapshot:v1');
    const found = await engine.client.images.fromName('team/snapshot:v1');
    expect(found.imageId).toBe(image.imageId);
    expect(await engine.shell(found, 'cat /p')).toBe('published\n');
    await engine.client.images.delete(image.imageId);
    await expect(engine.client.images.fromId(image.imageId)).rejects.toThrow('Could not find image with ID');
    await expect(engine.client.images.delete(image.imageId)).rejects.toThrow('No Image with ID');
    await expect(engine.client.images.fromName('team/snapshot:v1')).rejects.toThrow('not found');
  });

  it('of a sandbox that has ended is refused', async () => {
    const sandbox = await engine.sandbox();
    await sandbox.terminate({ wait: true });
    await expect(sandbox.snapshotFilesystem()).rejects.toThrow();
  });
});

describe('a snapshot of a directory', () => {
  it('can be mounted into another sandbox, changed there, and taken again', async () => {
    const sandbox = await engine.sandbox();
    await run(sandbox, 'sh', '-c', 'mkdir -p /work/sub; echo one > /work/sub/f; echo x > /work/.wh.name; ln -s /etc/hostname /work/link; chmod 711 /work; ln -s /work /alias');
    const first = await sandbox.snapshotDirectory('/alias');
    const other = await engine.sandbox();
    await run(other, 'sh', '-c', 'mkdir /mnt/d; echo hidden > /mnt/d/hidden');
    await other.mountImage('/mnt/d', first);
    expect((await run(other, 'sh', '-c', 'ls -A /mnt/d; cat /mnt/d/sub/f; stat -c %a:%U /mnt/d; echo two > /mnt/d/sub/f; echo more > /mnt/d/more')).stdout).toBe('.wh.name\nlink\nsub\none\n711:root\n');
    const second = await other.snapshotDirectory('/mnt/d');
    await other.unmountImage('/mnt/d');
    expect((await run(other, 'ls', '/mnt/d')).stdout).toBe('hidden\n');
    await other.mountImage('/fresh/path', second);
    expect((await run(other, 'sh', '-c', 'cat /fresh/path/sub/f /fresh/path/more')).stdout).toBe('two\nmore\n');
    await other.unmountImage('/fresh/path');
    await other.mountImage('/fresh/path', first);
    expect((await run(other, 'cat', '/fresh/path/sub/f')).stdout).toBe('one\n');
  });

  it('says at once what is no place for a mount', async () => {
    const sandbox = await engine.sandbox();
    await run(sandbox, 'sh', '-c', 'touch /file; ln -s /nowhere /dangling');
    for (const path of ['/file', '/file/below', '/dangling', '/proc/none']) {
      await expect(sandbox.mountImage(path)).rejects.toThrow(new RegExp(`INVALID_ARGUMENT: Nothing can be mounted at '${path}'`));
    }
  });

  it('never leaves the sandbox through its links', async () => {
    const sandbox = await engine.sandbox();
    await run(sandbox, 'sh', '-c', 'ln -s /../../../../root /up; ln -s /proc/1/root /proc-root; mkdir /root/mine; touch /root/mine/inside');
    const image = await sandbox.snapshotDirectory('/up');
    await sandbox.mountImage('/seen', image);
    expect((await run(sandbox, 'ls', '/seen')).stdout).toBe('mine\n');
    await expect(sandbox.snapshotDirectory('/none')).rejects.toThrow("'/none' does not exist in the sandbox");
    await expect(sandbox.snapshotDirectory('/etc/hostname')).rejects.toThrow('is no directory');
  });

  it('may be empty, and a mount without an image is', async () => {
    const sandbox = await engine.sandbox();
    await sandbox.mountImage('/empty');
    expect((await run(sandbox, 'sh', '-c', 'ls -A /empty; touch /empty/f; ls /empty')).stdout).toBe('f\n');
    await expect(sandbox.mountImage('/empty')).rejects.toThrow('mounted at');
    await expect(sandbox.unmountImage('/tmp')).rejects.toThrow('No image is mounted');
    const image = await sandbox.snapshotDirectory('/empty');
    expect(image.imageId).toMatch(/^im-/);
  });
});

describe('an exit snapshot', () => {
  it('holds what a sandbox had written when it ended', async () => {
    const sandbox = await engine.sandbox({ command: ['sh', '-c', 'echo last > /last'], experimentalOptions: { enable_exit_snapshot: true } });
    await sandbox.wait();
    const image = await sandbox.experimentalGetExitSnapshot({ timeoutMs: 10_000 });
    expect(await engine.shell(image, 'cat /last')).toBe('last\n');
  });

  it('has to be asked for, by the one experimental option that there is', async () => {
    await expect(engine.sandbox({ experimentalOptions: { enable_exit_snapshot: true, enable_magic: true } })).rejects.toThrow(/INVALID_ARGUMENT.*'enable_magic' is not known here/);
    const sandbox = await engine.sandbox();
    await expect(sandbox.experimentalGetExitSnapshot({ timeoutMs: 1_000 })).rejects.toThrow('enable_exit_snapshot');
  });
});

describe('sandboxes that have ended', () => {
  it('leave no mounts and no files of theirs behind', async () => {
    const sandbox = await engine.sandbox();
    await sandbox.mountImage('/m');
    await sandbox.terminate({ wait: true });
    await expect.poll(() => readdirSync(join(engine.local.stateDir, 'sb')).filter((name) => name.startsWith(sandbox.sandboxId)), { timeout: 5_000 }).toEqual([]);
  });
});
