// The file calls of the SDK on traps that a sandbox has laid: what they reach is the sandbox's own.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sandbox } from 'modal';

import { run, testEngine } from '../engine.js';
import { unnoticed } from './probe.js';

const engine = testEngine();
// Under the root, so that `..` and links would find it by the same name if they led out.
const outside = mkdtempSync('/var/tmp/of-the-host-');
let neighbour: Sandbox;
beforeAll(async () => {
  writeFileSync(join(outside, 'secret'), 'of the host');
  neighbour = await engine.client.sandboxes.create(engine.app, engine.image);
});
afterAll(() => {
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('of the host');
  rmSync(outside, { recursive: true });
});

it('links and `..` lead to files of the sandbox, never of the host', async () => {
  const sandbox = await engine.sandbox();
  const { filesystem } = sandbox;
  await run(sandbox, 'sh', '-c', `ln -s ${outside}/secret /tmp/link; ln -s ${outside} /tmp/directory; ln -s /proc/1/root${outside} /tmp/magic; ln -s /etc/shadow /tmp/shadow`);
  const hostShadow = createHash('sha256').update(readFileSync('/etc/shadow')).digest('hex');
  expect(createHash('sha256').update(await filesystem.readBytes('/tmp/shadow')).digest('hex')).not.toBe(hostShadow);
  for (const path of ['/tmp/link', '/tmp/directory/secret', '/tmp/magic/secret', `/../../../..${outside}/secret`, `/tmp/../..${outside}/secret`]) {
    await expect(filesystem.readText(path)).rejects.toThrow(/does not exist|not exist|ermission/);
  }
  await filesystem.writeText('mine', `/../..${outside}/secret`);
  await filesystem.writeText('mine', '/tmp/directory/new');
  await filesystem.remove('/tmp/directory/secret');
  expect((await run(sandbox, 'ls', outside)).stdout).toBe('new\n');
});

it('a link that is swapped while it is read and written never leads out', async () => {
  const sandbox = await engine.sandbox();
  await sandbox.filesystem.writeText('of the sandbox', '/tmp/own/secret');
  await sandbox.exec(['python3', '-c', `
import os
while True:
    os.symlink('/tmp/own', '/tmp/next'); os.rename('/tmp/next', '/tmp/swapped')
    os.symlink('${outside}', '/tmp/next'); os.rename('/tmp/next', '/tmp/swapped')`]);
  const attack = async () => {
    for (let round = 0; round < 15; round += 1) {
      const text = await sandbox.filesystem.readText('/tmp/swapped/secret').catch(String);
      expect(text).not.toContain('of the host');
      await sandbox.filesystem.writeText('of the sandbox', '/tmp/swapped/secret').catch(String);
    }
  };
  await unnoticed(engine, neighbour, attack());
});

it('pipes, devices and directories are refused instead of read, and huge files by their size', async () => {
  const { filesystem } = await prepared('mkfifo /tmp/pipe; truncate -s 6G /tmp/sparse; mkdir /tmp/d');
  const refused = async (path: string) => await filesystem.readBytes(path).then(() => 'read', (error: unknown) => (error instanceof Error ? error.constructor.name : ''));
  expect(await refused('/tmp/sparse')).toBe('SandboxFilesystemFileTooLargeError');
  expect(await refused('/tmp/d')).toBe('SandboxFilesystemIsADirectoryError');
  for (const path of ['/tmp/pipe', '/dev/zero', '/dev/tty']) expect(await refused(path)).toMatch(/^SandboxFilesystem.*Error$/);
});

it('names of every byte and of 255 bytes are kept, and longer ones refused', async () => {
  const { filesystem } = await prepared('true');
  for (const name of ['new\nline', '-rf', '$(id)`id`', '"quoted\'', 'x'.repeat(255), '\u001b[2J', '…']) {
    await filesystem.writeText(name, `/tmp/names/${name}`);
    expect(await filesystem.readText(`/tmp/names/${name}`)).toBe(name);
  }
  expect(await filesystem.listFiles('/tmp/names')).toHaveLength(7);
  await expect(filesystem.writeText('', `/tmp/${'x'.repeat(256)}`)).rejects.toThrow();
  await expect(filesystem.writeText('', `/tmp/${'x/'.repeat(2100)}`)).rejects.toThrow();
});

it('a snapshot of a root full of traps stays inside', async () => {
  const sandbox = await prepared(`
    ln -s ${outside} /tmp/out; ln -s ${outside}/secret /tmp/link; mkfifo /tmp/pipe; ln -s /tmp/loop /tmp/loop
    mkdir -p /srv; rm -rf /var/tmp; ln -s ${outside} /var/tmp; truncate -s 1T /tmp/sparse; printf x > "/tmp/new
line"; chmod 4755 /tmp/sparse; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/tmp/socket")'`);
  const image = await sandbox.snapshotFilesystem();
  const again = await engine.client.sandboxes.create(engine.app, image);
  const seen = await run(again, 'sh', '-c', 'cat /tmp/link /var/tmp/secret 2>&1 | grep -c "of the host"; readlink /tmp/out; test -p /tmp/pipe && stat -c %s:%b /tmp/sparse');
  expect(seen.stdout).toBe(`0\n${outside}\n${1024 ** 4}:0\n`);
  await again.terminate({ wait: true });
});

async function prepared(script: string): Promise<Sandbox> {
  const sandbox = await engine.sandbox();
  expect(await run(sandbox, 'sh', '-c', script)).toMatchObject({ code: 0 });
  return sandbox;
}
