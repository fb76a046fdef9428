import { beforeAll, expect, test } from 'vitest';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestHost } from '../testing/test-host.js';
import { runProbeContainer } from './probe-container.js';
import { judgeRuntime, probeRuntime } from './probe.js';
import { findProgram } from './programs.js';

beforeAll(async () => await (await openTestHost())[Symbol.asyncDispose]());

test.each(['crun', 'runc'])('%s is judged by what held inside a container', async (name) => {
  const runtimePath = await findProgram(name);
  if (runtimePath === undefined) throw new Error(`${name} is not installed: run \`npm run setup\``);
  const directory = join('/run/modal-local', `probe-test-${process.pid}`);
  const facts = await runProbeContainer({ runtimePath, directory, features: { idmap: false } });
  expect(facts).toMatchObject({ idmap: false, seccomp: true, noNewPrivileges: true, memory: true, pids: true, cpu: true });
});

test('a verdict is recalled', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modal-local-runtime-'));
  const wrapper = join(directory, 'wrapped');
  await writeFile(wrapper, `#!/bin/sh\necho "$@" >> ${directory}/calls\nexec crun "$@"\n`, { mode: 0o755 });
  const first = await judgeRuntime(wrapper);
  expect(first?.notEnforced).toEqual([]);
  expect(await judgeRuntime(wrapper)).toEqual(first);
  const calls = (await readFile(join(directory, 'calls'), 'utf8')).split('\n');
  expect(calls.filter((call) => call.includes(' run '))).toHaveLength(1);
  await rm(directory, { recursive: true });
});

test('a runtime that is not there, or fails, is refused with its reason', async () => {
  await expect(probeRuntime(['no-such-runtime'])).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringContaining('install crun') });
  const directory = await mkdtemp(join(tmpdir(), 'modal-local-runtime-'));
  const broken = join(directory, 'broken');
  await writeFile(broken, '#!/bin/sh\necho "this runtime is broken" > "$4"; exit 1\n', { mode: 0o755 });
  await expect(probeRuntime([broken])).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringContaining('this runtime is broken') });
  await rm(directory, { recursive: true });
});
