// A state directory whose disk is full: whatever needs room says so, the rest goes on, and so does everything once there is room.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { startLocalModal, type LocalModal } from '@computesdk/modal-local';
import Libsql from 'libsql';
import type { App, Image, ModalClient, Queue, Sandbox, Volume } from 'modal';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { clientOf, run } from '../engine.js';

const DISK_BYTES = 192 * 1024 * 1024;
const SAYS_FULL = /FAILED_PRECONDITION.*disk.* is full.*(?:Free space|free space)/s;

const scratch = mkdtempSync(path.join(tmpdir(), 'modal-local-full-'));
const disk = path.join(scratch, 'disk');
const stateDir = path.join(disk, 'state');
const filler = path.join(disk, 'filler');

let local: LocalModal;
let client: ModalClient;
let app: App;
let image: Image;
let volume: Volume;
let queue: Queue;
let running: Sandbox;

beforeAll(async () => {
  mkdirSync(disk);
  const file = path.join(scratch, 'image');
  writeFileSync(file, '');
  truncateSync(file, DISK_BYTES);
  execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', file]);
  execFileSync('mount', ['-o', 'loop', file, disk]);
  local = await startLocalModal({ stateDir, diskGiB: 0.03 });
  client = clientOf(local);
  app = await client.apps.fromName('full', { createIfMissing: true });
  image = await client.images.fromRegistry('python:3.13-slim').build(app);
  volume = await client.volumes.fromName('kept', { createIfMissing: true });
  queue = await client.queues.fromName('kept', { createIfMissing: true });
  await queue.put('before');
  running = await client.sandboxes.create(app, image, { volumes: { '/data': volume } });
  await run(running, 'sh', '-c', 'echo before > /data/note; sync');
  fill();
});

afterAll(async () => {
  client.close();
  await local.stop();
  execFileSync('umount', ['--lazy', disk]);
  rmSync(scratch, { recursive: true });
});

/** To the last byte. */
function fill(): void {
  const descriptor = openSync(filler, 'a');
  for (const size of [1024 * 1024, 4096, 512]) {
    try {
      for (;;) writeSync(descriptor, Buffer.alloc(size, 1));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  closeSync(descriptor);
}

const built = () => client.images.fromRegistry('python:3.13-slim').dockerfileCommands(['RUN head -c 3000000 /dev/urandom > /made']).build(app);
const flood = (sandbox: Sandbox) => sandbox.exec(['sh', '-c', 'head -c 8000000 /dev/zero | tr "\\0" x; exit 7']);

it.each<[what: string, attempt: () => Promise<unknown>]>([
  ['a new sandbox', () => client.sandboxes.create(app, image)],
  ['a snapshot of the file system', () => running.snapshotFilesystem()],
  ['a snapshot of a directory', () => running.snapshotDirectory('/etc')],
  ['a secret', () => client.cpClient.secretGetOrCreate({ deploymentName: 'new', envDict: { KEY: 'x'.repeat(30_000) }, objectCreationType: 1 })],
  ['a large item of a queue', () => queue.put('x'.repeat(500_000))],
  ['a small item of a queue', () => queue.put('x')],
  ['a new volume', () => client.volumes.fromName('another', { createIfMissing: true })],
])('%s is refused, and the refusal says what to do', async (_what, attempt) => {
  await expect(attempt()).rejects.toThrow(SAYS_FULL);
});

it('an image build fails, and says why', async () => {
  await expect(built()).rejects.toThrow(/disk.* is full.*ree space/s);
});

it('a write to a volume fails inside, with the kernel’s own words', async () => {
  const { stderr, code } = await run(running, 'sh', '-c', 'head -c 3000000 /dev/zero > /data/large');
  expect(code).not.toBe(0);
  expect(stderr).toContain('No space left on device');
  expect((await run(running, 'sh', '-c', 'rm -f /data/large; cat /data/note')).stdout).toBe('before\n');
});

it('a command whose output finds no room ends as it would, and its reader learns that the rest is lost', async () => {
  const process = await flood(running);
  await expect(process.stdout.readText()).rejects.toThrow(/output could not be kept.*disk.* is full/s);
  expect(await process.wait()).toBe(7);
});

it('commands with little output, and reads of what is stored, go on', async () => {
  expect(await run(running, 'echo', 'here')).toMatchObject({ stdout: 'here\n', code: 0 });
  expect((await run(running, 'sh', '-c', 'head -c 500000 /dev/zero | tr "\\0" x')).stdout).toHaveLength(500_000);
  expect(await queue.len()).toBe(1);
  expect((await client.volumes.fromName('kept')).volumeId).toBe(volume.volumeId);
});

it('once there is room everything works again, in the same engine and the same sandbox', async () => {
  rmSync(filler);
  const text = await (await flood(running)).stdout.readText();
  expect(text).toHaveLength(8_000_000);
  expect((await run(running, 'sh', '-c', 'head -c 3000000 /dev/zero > /data/large && rm /data/large && cat /data/note')).stdout).toBe('before\n');
  await queue.put('after');
  expect([await queue.get(), await queue.get()]).toEqual(['before', 'after']);
  const snapshot = await running.snapshotFilesystem();
  const [restored, fresh] = await Promise.all([client.sandboxes.create(app, snapshot), client.sandboxes.create(app, await built(), { secrets: [await client.secrets.fromObject({ KEY: 'value' })] })]);
  expect((await run(restored, 'echo', 'restored')).stdout).toBe('restored\n');
  expect((await run(fresh, 'sh', '-c', 'stat -c %s /made; echo $KEY')).stdout).toBe('3000000\nvalue\n');
  await Promise.all([restored, fresh, running].map((sandbox) => sandbox.terminate({ wait: true })));
});

it('nothing half-made is left behind, and the database is whole', async () => {
  expect(readdirSync(path.join(stateDir, 'l')).filter((name) => name.startsWith('.'))).toEqual([]);
  await local.stop();
  expect(readdirSync(path.join(stateDir, 'sb'))).toEqual([]);
  const database = new Libsql(path.join(stateDir, 'state.db'));
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  database.close();
});

it('an engine that is to start there says what is wrong, and starts once there is room', async () => {
  fill();
  await expect(startLocalModal({ stateDir })).rejects.toThrow(/disk.* is full.*ree space/s);
  rmSync(filler);
  await using again = await startLocalModal({ stateDir });
  const next = clientOf(again);
  expect((await next.volumes.fromName('kept')).volumeId).toBe(volume.volumeId);
  next.close();
});
