import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pruneBlobs, pruneLayers } from './prune-layers.js';

const HOUR = 60 * 60 * 1000;
let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'modal-local-prune-'));
  for (const layer of ['aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'host-12345678', 'engine-1']) {
    mkdirSync(join(state, 'l', layer), { recursive: true });
    writeFileSync(join(state, 'l', layer, 'file'), 'x'.repeat(10_000));
  }
});

afterEach(() => {
  spawnSync('umount', ['-l', join(state, 'mnt')]);
  rmSync(state, { recursive: true, force: true });
});

it('deletes layers that nothing needs, and the engine’s own never', async () => {
  const pruned = await pruneLayers(state, { needed: new Set(['aaaaaaaa']), engines: [], now: Date.now() + 2 * HOUR });
  expect(pruned.layers).toBe(2);
  expect(pruned.bytes).toBeGreaterThan(20_000);
  expect(readdirSync(join(state, 'l')).sort()).toEqual(['aaaaaaaa', 'engine-1', 'host-12345678']);
});

it('keeps what was made within the hour: a build may be about to need it', async () => {
  expect(await pruneLayers(state, { needed: new Set(), engines: [], now: Date.now() })).toEqual({ layers: 0, bytes: 0 });
});

it('keeps what a running engine has mounted', async () => {
  for (const name of ['mnt', 'u', 'w']) mkdirSync(join(state, name));
  const { status, stderr } = spawnSync('mount', ['-t', 'overlay', '-o', `lowerdir=bbbbbbbb:cccccccc,upperdir=../u,workdir=../w`, 'overlay', join(state, 'mnt')], { cwd: join(state, 'l'), encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  await pruneLayers(state, { needed: new Set(), engines: [process.pid], now: Date.now() + 2 * HOUR });
  expect(readdirSync(join(state, 'l')).sort()).toEqual(['bbbbbbbb', 'cccccccc', 'engine-1', 'host-12345678']);
});

it('deletes downloads that nobody has read for long', async () => {
  mkdirSync(join(state, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(state, 'blobs/sha256/old'), 'x'.repeat(1000));
  expect(await pruneBlobs(state, Date.now() - HOUR)).toBe(0);
  expect(await pruneBlobs(state, Date.now() + HOUR)).toBe(1000);
});
