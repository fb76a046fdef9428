// An engine that is killed at the worst moment, and what the next one finds.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { startLocalModal } from '@computesdk/modal-local';
import { afterAll, expect, it } from 'vitest';

import { clientOf, eventually, run } from '../engine.js';
import { commandLine } from '../support/if-alive.js';
import { instanceOf, RECORDS } from '../support/instance.js';

const stateDir = mkdtempSync(path.join(tmpdir(), 'modal-local-crash-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const MARKER = '9182736';

it.each([0, 60, 250])('killed %i ms after creates, commands and a snapshot began, it leaves nothing and loses no volume', async (delay) => {
  const first = await startLocalModal({ stateDir });
  const client = clientOf(first);
  const app = await client.apps.fromName('crash', { createIfMissing: true });
  const image = await client.images.fromRegistry('python:3.13-slim').build(app);
  const volume = await client.volumes.fromName('kept', { createIfMissing: true });
  const sandbox = await client.sandboxes.create(app, image, { volumes: { '/data': volume } });
  expect(await run(sandbox, 'sh', '-c', `echo ${delay} > /data/note; sync`)).toMatchObject({ code: 0 });
  const { engineId, pid } = instanceOf(stateDir);

  const began = [
    ...Array.from({ length: 4 }, () => client.sandboxes.create(app, image, { command: ['sleep', MARKER] })),
    ...Array.from({ length: 10 }, () => sandbox.exec(['sleep', MARKER])),
    sandbox.snapshotFilesystem(),
  ];
  void Promise.allSettled(began);
  await new Promise((resolve) => setTimeout(resolve, delay));
  process.kill(pid, 'SIGKILL');
  client.close();
  await eventually(() => !existsSync(`/proc/${pid}/exe`), 'the engine to be gone');
  await first.stop();

  const second = await startLocalModal({ stateDir });
  const again = clientOf(second);
  try {
    await eventually(() => traces(engineId).length === 0, `nothing of ${engineId} to be left, not ${traces(engineId).join(', ')}`);
    const next = await again.sandboxes.create(await again.apps.fromName('crash'), image, { volumes: { '/data': await again.volumes.fromName('kept') } });
    expect((await run(next, 'cat', '/data/note')).stdout).toBe(`${delay}\n`);
    await Promise.all([next.terminate(), next.terminate(), next.terminate()]);
  } finally {
    again.close();
    await second.stop();
  }
});

/** Whatever carries the engine's id: its record, processes, mounts, control groups, network namespaces, links and rules. */
function traces(engineId: string): string[] {
  const said = [
    readFileSync('/proc/mounts', 'utf8'),
    execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }),
  ];
  const groups = readdirSync('/sys/fs/cgroup').flatMap((controller) => {
    const folder = path.join('/sys/fs/cgroup', controller, 'modal-local');
    return existsSync(folder) ? readdirSync(folder) : [];
  });
  const network = ['/run/netns', '/sys/class/net'].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
  const processes = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(MARKER));
  return [...said.flatMap((lines) => lines.split('\n')), ...groups, ...network, ...readdirSync(RECORDS)].filter((line) => line.includes(engineId)).concat(processes);
}
