import { modal as makeModal } from '@computesdk/modal';
import { InvalidArgumentError, NotFoundError, TimeoutError, UnknownOptionError } from 'computesdk';
import { describe, expect, test } from 'vitest';

import { eventually, onCloud, testModal } from './modal.js';

const modal = testModal();

describe('options of create hold in the sandbox', () => {
  test('env, under both names', async () => {
    const sandbox = await modal.sandbox({ env: { A: 'x y' } });
    expect((await sandbox.runCommand('echo "$A"')).stdout).toBe('x y\n');
    const other = await modal.sandbox({ envs: { B: '$A' } });
    expect((await other.runCommand('printenv', ['B'])).stdout).toBe('$A\n');
  });

  test('workdir', async () => {
    const sandbox = await modal.sandbox({ workdir: '/usr/lib' });
    expect((await sandbox.runCommand('pwd')).stdout).toBe('/usr/lib\n');
    expect((await sandbox.runCode('import os; print(os.getcwd())')).stdout).toBe('/usr/lib\n');
  });

  test('timeout, rounded up to whole seconds', async () => {
    const sandbox = await modal.sandbox({ timeout: 1500 });
    expect((await sandbox.getInfo()).timeout).toBe(2000);
    await eventually(async () => (await sandbox.getInfo()).status === 'stopped', 'the end of its time');
    expect(await modal.provider.sandbox.getById(sandbox.sandboxId)).toBeNull();
  });

  test('idleTimeout', async () => {
    const sandbox = await modal.sandbox({ idleTimeout: 1000 });
    await eventually(async () => (await sandbox.getInfo()).status !== 'running', 'the end of the idle sandbox');
  });

  test.skipIf(onCloud)('cpu and memory, with their limits', async () => {
    const sandbox = await modal.sandbox({ cpu: 0.5, cpuLimit: 0.5, memory: 127.5, memoryLimit: 200 });
    const hog = 'x = bytearray(400 << 20)\nprint(len(x))';
    expect((await sandbox.runCode(hog)).exitCode).not.toBe(0);
    expect((await sandbox.runCode('x = bytearray(20 << 20)\nprint(len(x))')).exitCode).toBe(0);
  });

  test('network: block', async () => {
    const sandbox = await modal.sandbox({ network: { block: true } });
    const code = "import socket\nsocket.create_connection(('1.1.1.1', 53), 2)";
    expect((await sandbox.runCode(code)).exitCode).toBe(1);
  });

  test('command is the main process: its output can be waited for', async () => {
    const sandbox = await modal.sandbox({ command: ['sh', '-c', 'sleep 0.3; echo serving on 8000; sleep 60'] });
    expect(await sandbox.waitForLog(/serving on \d+/)).toBe('serving on 8000');
    expect(await sandbox.waitForLog('serving')).toBe('serving');
    await expect(sandbox.waitForLog('never', { timeout: 300 })).rejects.toThrow(TimeoutError);
  });

  test('secrets by value, env over them', async () => {
    const sandbox = await modal.sandbox({ secrets: [{ values: { KEY: 'secret', A: 'secret' } }], env: { A: 'env' } });
    expect((await sandbox.runCommand('echo "$KEY $A"')).stdout).toBe('secret env\n');
  });

  test('a proxy that is none is not passed over', async () => {
    await expect(modal.provider.sandbox.create({ proxy: {} as never })).rejects.toThrow("proxy must be a proxy's name");
  });

  test('a named secret that is missing is named', async () => {
    await expect(modal.provider.sandbox.create({ secrets: ['no-such-secret'] })).rejects.toThrow(NotFoundError);
    await expect(modal.provider.sandbox.create({ secrets: ['no-such-secret'] })).rejects.toThrow(/no-such-secret/);
  });

  test('volumes keep files from one sandbox to the next', async () => {
    const name = `volume-${crypto.randomUUID().slice(0, 8)}`;
    const first = await modal.sandbox({ volumes: { '/data': name } });
    await first.filesystem.writeFile('/data/sub/file', 'kept');
    await first.reloadVolumes();
    await first.destroy();
    const second = await modal.sandbox({ volumes: { '/data': { name, readOnly: true }, '/part': { name, subPath: '/sub' } } });
    expect(await second.filesystem.readFile('/data/sub/file')).toBe('kept');
    expect(await second.filesystem.readFile('/part/file')).toBe('kept');
    expect((await second.runCommand('touch /data/x')).exitCode).not.toBe(0);
    await second.destroy();
    await modal.provider.getClient().volumes.delete(name);
  });
});

describe('defaults of the factory', () => {
  test('hold for each create, which overrides them; tables are merged', async () => {
    const provider = modal.another({ env: { A: 'factory', B: 'factory' }, workdir: '/usr', tags: { team: 'blue' }, timeout: 77_000 });
    const sandbox = await provider.sandbox.create({ env: { B: 'create' }, tags: { run: '1' } });
    try {
      expect((await sandbox.runCommand('echo $A $B; pwd')).stdout).toBe('factory create\n/usr\n');
      expect(await sandbox.getInfo()).toMatchObject({ timeout: 77_000, tags: { team: 'blue', run: '1' } });
    } finally {
      await sandbox.destroy();
    }
  });
});

describe('options that cannot be honoured are errors', () => {
  test.each([
    [{ timeuot: 5 }, "Unknown option 'timeuot' of sandbox.create(): did you mean 'timeout'?"],
    [{ gpus: 'T4' }, "did you mean 'gpu'?"],
    [{ dockerFileCommands: [] }, "did you mean 'dockerfileCommands'?"],
    [{ tokenId: 'x' }, "Unknown option 'tokenId' of sandbox.create()"],
  ])('%j is unknown', async (options, message) => {
    await expect(modal.provider.sandbox.create(options)).rejects.toThrow(UnknownOptionError);
    await expect(modal.provider.sandbox.create(options)).rejects.toThrow(message);
  });

  test.each([
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: '5' as unknown as number }, 'timeout'],
    [{ memory: -1 }, 'memory'],
    [{ cpuLimit: 1 }, 'cpuLimit'],
    [{ memory: 512, memoryLimit: 256 }, 'memoryLimit'],
    [{ ports: [70_000] }, 'ports'],
    [{ workdir: 'relative' }, 'workdir'],
    [{ volumes: { data: 'x' } }, 'volumes'],
    [{ env: { 'A B': '1' } }, 'env'],
    [{ tags: { 'computesdk-facts': '1' } }, 'tags'],
    [{ runtime: 'ruby' }, 'runtime'],
    [{ image: 'python:3.13-slim', snapshotId: 'im-1' }, 'snapshotId'],
    [{ network: { block: true, allowCidrs: [] } }, 'network'],
    [{ network: { alowCidrs: [] } as object }, 'alowCidrs'],
    [{ timeout: 1000, timeoutMs: 2000 }, 'timeoutMs'],
    [{ image: {} }, 'image'],
    [{ metadata: { f: () => 1 } }, 'metadata.f'],
  ])('%j is refused', async (options, field) => {
    const failure: unknown = await modal.provider.sandbox.create(options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidArgumentError);
    expect(failure).toMatchObject({ field: expect.stringContaining(field) as unknown });
  });

  test('so does the factory, at once', () => {
    // @ts-expect-error -- a typo
    expect(() => makeModal({ tokenid: 'x' })).toThrow("Unknown option 'tokenid' of modal(): did you mean 'tokenId'?");
    expect(() => makeModal({ timeout: -5 })).toThrow(InvalidArgumentError);
    expect(() => makeModal({ runtime: 'python3.9' })).toThrow(/Unknown runtime 'python3.9'/);
  });

  test.skipIf(onCloud)('a GPU on a machine that has none: the reason is told', async () => {
    await expect(modal.provider.sandbox.create({ gpu: 'T4' })).rejects.toThrow(/GPU/i);
  });
});
