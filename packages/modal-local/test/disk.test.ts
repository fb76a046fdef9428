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
