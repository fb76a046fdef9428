// Logs of sandboxes through Modal's SDK.

import type { Sandbox, SandboxLogFetchParams } from 'modal';
import { describe, expect, it } from 'vitest';

import { eventually, testEngine } from './engine.js';

const engine = testEngine();
const SCRIPT = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done';

async function fetched(sandbox: Sandbox, params: Omit<SandboxLogFetchParams, 'since'> = {}): Promise<string[]> {
  const messages = [];
  for await (const { message } of sandbox.logs.fetch({ since: new Date(Date.now() - 60_000), ...params })) messages.push(message);
  return messages;
}

describe('logs of a sandbox', () => {
  it('are fetched by source and text, while it runs and after its end', async () => {
    const sandbox = await engine.sandbox({ command: ['sh', '-c', `${SCRIPT}; sleep 60`] });
    await eventually(async () => (await fetched(sandbox)).length === 6, 'six lines');
    expect(await fetched(sandbox, { source: 'stdout' })).toEqual(['out 1\n', 'out 2\n', 'out 3\n']);
    await sandbox.terminate({ wait: true });
    expect(await fetched(sandbox, { source: 'stderr' })).toEqual(['err 1\n', 'err 2\n', 'err 3\n']);
    expect((await fetched(sandbox, { searchText: '2' })).sort()).toEqual(['err 2\n', 'out 2\n']);
  });

  it('are tailed: the newest lines with their time and source', async () => {
    const before = Date.now();
    const sandbox = await engine.sandbox({ command: ['sh', '-c', SCRIPT] });
    await sandbox.wait();
    const entries = [];
    for await (const entry of sandbox.logs.tail({ entries: 2, source: 'stdout' })) entries.push(entry);
    expect(entries.map(({ message, source }) => [message, source])).toEqual([
      ['out 2\n', 'stdout'],
      ['out 3\n', 'stdout'],
    ]);
    for (const { timestamp } of entries) {
      expect(timestamp.getTime()).toBeGreaterThanOrEqual(before);
      expect(timestamp.getTime()).toBeLessThanOrEqual(Date.now());
    }
  });

  it('may be many', async () => {
    const sandbox = await engine.sandbox({ command: ['seq', '1', '50000'] });
    await sandbox.wait();
    const entries = [];
    for await (const { message } of sandbox.logs.tail({ entries: 20_000 })) entries.push(message);
    expect([entries.length, entries[0], entries.at(-1)]).toEqual([20_000, '30001\n', '50000\n']);
  });
});
