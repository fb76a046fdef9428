// What a sandbox may write.

import { describe, expect, it } from 'vitest';

import { run, testEngine } from './engine.js';

const engine = testEngine({ diskGiB: 0.0625 });

describe('a sandbox that fills its disk', () => {
  it('meets ENOSPC at its limit, and nobody else does', async () => {
    const [greedy, other] = await Promise.all([engine.sandbox(), engine.sandbox()]);
    const filled = await run(greedy, 'sh', '-c', 'dd if=/dev/zero of=/fill bs=1M count=200; stat -c %s /fill');
    expect(filled.stderr).toContain('No space left on device');
    expect(Number(filled.stdout)).toBeGreaterThan(50 * 1024 * 1024);
    expect(Number(filled.stdout)).toBeLessThan(68 * 1024 * 1024);
    expect((await run(other, 'sh', '-c', 'dd if=/dev/zero of=/some bs=1M count=20 2>/dev/null && rm /some && echo fine')).stdout).toBe('fine\n');
    // What is deleted can be written again.
    expect((await run(greedy, 'sh', '-c', 'rm /fill && dd if=/dev/zero of=/again bs=1M count=40 2>/dev/null && echo again')).stdout).toBe('again\n');
  });

  it('meets it with many tiny files, too', async () => {
    const sandbox = await engine.sandbox();
    const { stdout } = await run(sandbox, 'python3', '-c', `
import errno, os
os.mkdir('/many')
try:
    for n in range(10_000_000): open(f'/many/{n}', 'w').close()
except OSError as error: print(errno.errorcode[error.errno])
`);
    expect(stdout).toBe('ENOSPC\n');
  });

  it('sees the size of its disk', async () => {
    const sandbox = await engine.sandbox();
    const { stdout } = await run(sandbox, 'sh', '-c', 'df -k / | tail -1 | tr -s " " | cut -d" " -f2');
    expect(Number(stdout)).toBeGreaterThan(50_000);
    expect(Number(stdout)).toBeLessThan(70_000);
  });

  it('can still be snapshotted, and its snapshot started', async () => {
    const sandbox = await engine.sandbox();
    await run(sandbox, 'sh', '-c', 'echo kept > /kept; rm -r /home; mkdir /home; dd if=/dev/zero of=/fill bs=1M count=200');
    const image = await sandbox.snapshotFilesystem();
    const restored = await engine.client.sandboxes.create(engine.app, image);
    expect((await run(restored, 'sh', '-c', 'cat /kept; ls -A /home; echo more > /more && echo room')).stdout).toBe('kept\nroom\n');
    await restored.terminate();
  });
});

describe('an image build that fills its disk', () => {
  const built = async (script: string) => await engine.client.images.fromRegistry('python:3.13-slim').dockerfileCommands([`RUN ${script}`]).build(engine.app);

  it('meets ENOSPC at the limit of sandboxes, and its failure says so', async () => {
    await expect(built('head -c 200000000 /dev/zero > /fill')).rejects.toThrow(/No space left on device.*--disk-gib/s);
  });

  it('may use it again in every step, and a sandbox starts from the result', async () => {
    const image = await engine.client.images
      .fromRegistry('python:3.13-slim')
      .dockerfileCommands(['RUN rm -r /home && mkdir /home && head -c 40000000 /dev/zero > /one', 'RUN head -c 40000000 /dev/zero > /two'])
      .build(engine.app);
    const sandbox = await engine.client.sandboxes.create(engine.app, image);
    expect((await run(sandbox, 'sh', '-c', 'stat -c %s /one /two; ls -A /home')).stdout).toBe('40000000\n40000000\n');
    await sandbox.terminate();
  });
});
