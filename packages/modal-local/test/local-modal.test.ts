// The engine as a test suite uses it: started from a program, as often as wanted, and gone without a trace.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { startLocalModal } from '@computesdk/modal-local';
import { describe, expect, it } from 'vitest';

import { clientOf, eventually } from './engine.js';

describe('startLocalModal', () => {
  it('starts as many engines as are wanted, which know nothing of each other', async () => {
    const engines = await Promise.all([startLocalModal(), startLocalModal(), startLocalModal()]);
    try {
      expect(new Set(engines.map(({ url }) => url)).size).toBe(3);
      expect(new Set(engines.map(({ stateDir }) => stateDir)).size).toBe(3);
      const clients = engines.map((local) => clientOf(local));
      const [first, second] = clients;
      await first?.apps.fromName('only-here', { createIfMissing: true });
      await expect(second?.apps.fromName('only-here')).rejects.toThrow("App 'only-here' not found");
      for (const client of clients) client.close();
    } finally {
      await Promise.all(engines.map((local) => local.stop()));
    }
    for (const { stateDir } of engines) expect(existsSync(stateDir)).toBe(false);
  });

  it('keeps its sandboxes for itself: another engine’s token opens none', async () => {
    await using one = await startLocalModal();
    await using other = await startLocalModal();
    const stranger = clientOf(one, { tokenId: other.env['MODAL_TOKEN_ID'] ?? '', tokenSecret: other.env['MODAL_TOKEN_SECRET'] ?? '' });
    await expect(stranger.apps.fromName('any', { createIfMissing: true })).rejects.toThrow('UNAUTHENTICATED');
    stranger.close();
  });

  it('stops once, however often it is asked, and frees its port', async () => {
    const local = await startLocalModal();
    await Promise.all([local.stop(), local.stop()]);
    await local.stop();
    await expect(reach(local.url)).rejects.toThrow('ECONNREFUSED');
    const again = await startLocalModal({ port: Number(new URL(local.url).port) });
    expect(again.url).toBe(local.url);
    await again.stop();
  });

  it('says that its port is taken', async () => {
    await using local = await startLocalModal();
    await expect(startLocalModal({ port: Number(new URL(local.url).port) })).rejects.toThrow(/Port \d+ of 127.0.0.1 is in use/);
  });

  it('starts once on a state directory whose last engine died, however many try at a time', async () => {
    const stateDir = mkdtempSync(path.join(tmpdir(), 'state-'));
    writeFileSync(path.join(stateDir, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, startTime: 1 }));
    const starts = await Promise.allSettled([1, 2, 3].map(() => startLocalModal({ stateDir })));
    const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const refusals = starts.flatMap((start) => (start.status === 'rejected' ? [String(start.reason)] : []));
    for (const local of started) await local.stop();
    rmSync(stateDir, { recursive: true });
    expect(started).toHaveLength(1);
    expect(refusals).toEqual(Array(2).fill(expect.stringContaining(`uses the state directory ${stateDir}`)));
  });

  it('gives up a start that is aborted, and leaves nothing of it', async () => {
    const early = AbortSignal.abort(new Error('changed my mind'));
    await expect(startLocalModal({ signal: early })).rejects.toThrow('changed my mind');
    const stateDir = mkdtempSync(path.join(tmpdir(), 'state-'));
    const controller = new AbortController();
    const start = expect(startLocalModal({ stateDir, signal: controller.signal })).rejects.toThrow('too slow');
    await eventually(() => recordsOf(stateDir).length > 0, 'the engine to be on its way');
    controller.abort(new Error('too slow'));
    await start;
    expect(recordsOf(stateDir)).toEqual([]);
    const local = await startLocalModal({ stateDir, signal: new AbortController().signal });
    await local.stop();
    rmSync(stateDir, { recursive: true });
  });

  it('keeps the program that waits for several of its answers', async () => {
    const program = `
      import { startLocalModal } from '@computesdk/modal-local';
      const local = await startLocalModal();
      await Promise.all([local.reset(), local.controls.clearFaults(), local.reset()]);
      console.log('answered');
      await local.stop();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname });
    expect(stdout).toBe('answered\n');
  });

  it('leaves no record of an engine that has stopped', async () => {
    const local = await startLocalModal();
    expect(recordsOf(local.stateDir)).toHaveLength(1);
    await local.stop();
    expect(recordsOf(local.stateDir)).toEqual([]);
  });
});

/** Other tests' engines come and go meanwhile. */
function recordsOf(stateDir: string): string[] {
  return readdirSync('/run/modal-local').filter((name) => {
    try {
      return readFileSync(`/run/modal-local/${name}/instance.json`, 'utf8').includes(`"${stateDir}"`);
    } catch {
      return false;
    }
  });
}

function reach(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => request(url).on('error', reject).on('response', resolve).end());
}
