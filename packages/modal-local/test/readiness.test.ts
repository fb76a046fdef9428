// When a sandbox is ready, through Modal's own SDK.

import { Probe } from 'modal';
import { describe, expect, it } from 'vitest';

import { run, testEngine } from './engine.js';

const engine = testEngine();

describe('waitUntilReady', () => {
  it('waits for a port', async () => {
    const sandbox = await engine.sandbox({
      command: ['sh', '-c', 'sleep 0.5; exec python3 -m http.server 8000'],
      readinessProbe: Probe.withTcp(8000),
    });
    await sandbox.waitUntilReady(20_000);
    const get = await sandbox.exec(['python3', '-c', 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:8000").status)']);
    expect(await get.stdout.readText()).toBe('200\n');
  });

  it('waits for a command to succeed', async () => {
    const sandbox = await engine.sandbox({
      command: ['sh', '-c', 'sleep 0.5; touch /tmp/ready; sleep 100'],
      readinessProbe: Probe.withExec(['test', '-e', '/tmp/ready'], { intervalMs: 50 }),
    });
    await sandbox.waitUntilReady(20_000);
    expect((await run(sandbox, 'test', '-e', '/tmp/ready')).code).toBe(0);
  });

  it('gives up in time, and says when there is nothing to wait for', async () => {
    const never = await engine.sandbox({ readinessProbe: Probe.withExec(['false']) });
    await expect(never.waitUntilReady(500)).rejects.toThrow('Timeout expired');
    const without = await engine.sandbox();
    await expect(without.waitUntilReady(500)).rejects.toThrow('does not have a readiness probe configured');
  });
});
