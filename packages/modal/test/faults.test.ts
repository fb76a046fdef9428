// What the provider does when calls are late, fail or lose their answers: the engine breaks them on request.

import type { LocalModalControls } from '@computesdk/modal-local';
import { QuotaExceededError, UnavailableError } from 'computesdk';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { eventually, onCloud, testModal } from './modal.js';

const modal = testModal();

function controls(): LocalModalControls {
  if (!modal.local) throw new Error('The cloud breaks nothing on request');
  return modal.local.controls;
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

describe.skipIf(onCloud)('on the engine, whose faults can be chosen', () => {
  afterEach(() => controls().clearFaults());

  test('a passing failure is not seen', async () => {
    await controls().inject({ rpc: 'SandboxCreateV2', code: 'UNAVAILABLE', times: 2 });
    await controls().inject({ rpc: 'TaskExecStart', code: 'UNAVAILABLE', times: 2 });
    const sandbox = await modal.sandbox();
    expect((await sandbox.runCommand('echo', ['ok'])).stdout).toBe('ok\n');
  });

  test('look-ups outlast a longer failure', async () => {
    const sandbox = await modal.sandbox();
    await controls().inject({ rpc: 'SandboxWaitV2', code: 'UNAVAILABLE', times: 5 });
    expect((await sandbox.getInfo()).status).toBe('running');
  });

  test('a create whose answer was lost makes one sandbox', async () => {
    const tags = { run: crypto.randomUUID() };
    await controls().inject({ rpc: 'SandboxCreateV2', code: 'UNAVAILABLE', answerLost: true, times: 1 });
    await modal.sandbox({ tags });
    expect(await modal.provider.sandbox.list({ tags })).toHaveLength(1);
  });

  test('a lasting failure is told, and nothing of it is kept', async () => {
    const provider = modal.another();
    await controls().inject({ rpc: 'AppGetOrCreate', code: 'UNAVAILABLE' });
    await expect(provider.sandbox.create()).rejects.toThrow(UnavailableError);
    await expect(provider.sandbox.create()).rejects.toMatchObject({ retryable: true, suggestion: expect.any(String) as string });
    await controls().clearFaults();
    await (await provider.sandbox.create()).destroy();
  });

  test('a limit of the account says quota exceeded', async () => {
    await controls().inject({ rpc: 'SandboxCreateV2', code: 'RESOURCE_EXHAUSTED', message: 'too many sandboxes' });
    const failure: unknown = await modal.provider.sandbox.create().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QuotaExceededError);
    expect(failure).toMatchObject({ message: 'Modal quota exceeded: too many sandboxes', retryable: true });
  });

  test('when Modal asks to slow down, the call waits and succeeds', async () => {
    await controls().inject({ rpc: 'SandboxCreateV2', code: 'RESOURCE_EXHAUSTED', retryAfterMs: 500, times: 2 });
    expect(await timed(() => modal.sandbox())).toBeGreaterThan(1000);
  });

  test('maxThrottleWait bounds that wait', async () => {
    const hasty = modal.another({ maxThrottleWait: 1000 });
    await hasty.sandbox.list();
    await controls().inject({ rpc: 'SandboxCreateV2', code: 'RESOURCE_EXHAUSTED', retryAfterMs: 60_000 });
    await expect(hasty.sandbox.create()).rejects.toThrow(/quota exceeded/);
  });

  test('an abort ends a slow create at once; what arrives late is destroyed', async () => {
    const provider = modal.another();
    const creating = vi.spyOn(provider.getClient().sandboxes, 'create');
    await controls().inject({ rpc: 'SandboxCreateV2', delayMs: 1500, times: 1 });
    const controller = new AbortController();
    const call = provider.sandbox.create({ signal: controller.signal });
    await eventually(() => creating.mock.results.length === 1, 'the create to be sent');
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(creating.mock.settledResults).toMatchObject([{ type: 'incomplete' }]);
    const late = await creating.mock.results[0]?.value;
    await eventually(async () => (await late?.poll()) === 137, 'the late sandbox to be ended');
  });

  test('an abort ends every slow call at once', async () => {
    const sandbox = await modal.sandbox();
    await controls().inject({ delayMs: 3000 });
    const calls: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => sandbox.getInfo({ signal }),
      (signal) => sandbox.runCommand('true', { signal }),
      (signal) => sandbox.runCode('1', { signal }),
      (signal) => sandbox.filesystem.readFile('/etc/hostname', { signal }),
      (signal) => sandbox.filesystem.readdir('/', { signal }),
      (signal) => sandbox.getUrl({ port: 80, signal }),
      (signal) => sandbox.waitForPort(80, { signal }),
      (signal) => modal.provider.sandbox.list({ signal }),
      (signal) => modal.provider.sandbox.getById(sandbox.sandboxId, { signal }),
      (signal) => modal.provider.sandbox.destroy('sb-none', { signal }),
      (signal) => modal.provider.snapshot.list({ signal }),
      (signal) => modal.provider.template.list({ signal }),
    ];
    for (const call of calls) {
      const elapsed = await timed(() => expect(call(AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'AbortError' }));
      expect(elapsed, String(call)).toBeLessThan(2500);
    }
  });

  test('a sandbox that Modal took away is gone, and says so', async () => {
    const sandbox = await modal.sandbox();
    await controls().preempt(sandbox.sandboxId);
    await eventually(async () => (await sandbox.getInfo()).status === 'stopped', 'its end');
    await expect(sandbox.runCommand('true')).rejects.toMatchObject({ code: 'sandbox_not_found' });
    expect(await modal.provider.sandbox.getById(sandbox.sandboxId)).toBeNull();
    await sandbox.destroy();
  });
});
