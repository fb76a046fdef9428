import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { AGENT, openTestHost } from '../testing/test-host.js';

it('stages the agent for the next container when it could not for the one before, and leaves nothing of that one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modal-local-agent-'));
  try {
    const agentPath = join(directory, 'agent');
    await using host = await openTestHost({ agentPath });
    const stages = async () => (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(`${host.instance.runDirectory}/agent `)).length;
    const bundles = join(host.instance.runDirectory, 'bundles');
    await expect(host.sandbox()).rejects.toThrow('ENOENT');
    expect([await stages(), existsSync(bundles) ? await readdir(bundles) : []]).toEqual([0, []]);
    await copyFile(AGENT, agentPath);
    const sandbox = await host.sandbox();
    expect(await sandbox.sh('echo started')).toEqual({ output: 'started\n', code: 0 });
    expect(await stages()).toBe(1);
  } finally {
    await rm(directory, { recursive: true });
  }
});
