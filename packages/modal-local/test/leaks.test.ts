// What an engine holds of this machine once its sandboxes have ended: no more after forty than after a few.

import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { run, testEngine } from './engine.js';
import { instanceOf, RECORDS } from './support/instance.js';

const SANDBOXES = 40;
/** Ready networks and disks come and go beside the sandboxes; what each sandbox left behind would be more. */
const POOLED = 10;
const stateDir = mkdtempSync(path.join(tmpdir(), 'modal-local-leaks-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));
const engine = testEngine({ stateDir });

it('gives everything of its sandboxes back', { timeout: 300_000 }, async () => {
  const { engineId, pid } = instanceOf(stateDir);
  await Promise.all(Array.from({ length: 5 }, live));
  await expect.poll(() => held(pid, engineId)['control groups']).toBe(0);
  const before = held(pid, engineId);
  for (let lived = 0; lived < SANDBOXES; lived += 5) await Promise.all(Array.from({ length: 5 }, live));
  const more = () => Object.entries(held(pid, engineId)).filter(([what, count]) => count > (before[what] ?? 0) + POOLED);
  await expect.poll(more, { interval: 200 }).toEqual([]);
});

/** The whole life of a sandbox: a command, one that is cut off, files, a tunnel, a sidecar. */
async function live(): Promise<void> {
  const sandbox = await engine.client.sandboxes.create(engine.app, engine.image, { encryptedPorts: [8000] });
  expect(await run(sandbox, 'sh', '-c', 'mkdir /work; echo hello | tee /work/file')).toMatchObject({ stdout: 'hello\n', code: 0 });
  await sandbox.exec(['sleep', '1000']);
  expect(await sandbox.filesystem.readText('/work/file')).toBe('hello\n');
  const sidecar = await sandbox.experimentalSidecars.create('helper', engine.image);
  await sidecar.terminate({ wait: true });
  await sandbox.terminate({ wait: true });
}

/** How much there is of what an engine could leave behind, by what it is. */
function held(pid: number, engineId: string): Record<string, number> {
  const controllers = ['.', ...readdirSync('/sys/fs/cgroup')].map((controller) => path.join('/sys/fs/cgroup', controller, 'modal-local', engineId));
  const networks = ['/run/netns', '/sys/class/net'].flatMap(namesIn).filter((name) => name.includes(engineId.slice(0, 6)));
  const folders = ['.', 'sb', 'disks', 'l'].map((folder) => path.join(stateDir, folder));
  const runFolders = ['.', 'bundles', 'oci', 'roots'].map((folder) => path.join(RECORDS, engineId, folder));
  return {
    ...descriptors(pid),
    'control groups': controllers.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())).length,
    mounts: readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n').length,
    networks: networks.length,
    ...Object.fromEntries([...folders, ...runFolders].map((folder) => [folder, namesIn(folder).length])),
  };
}

/** Open ones, by kind. */
function descriptors(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const fd of namesIn(`/proc/${pid}/fd`)) {
    const kind = linkOf(`/proc/${pid}/fd/${fd}`).replace(/\d+/g, 'N');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch (error) {
    // It was closed meanwhile.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'closed';
    throw error;
  }
}
