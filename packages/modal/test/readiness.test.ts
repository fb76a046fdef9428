import { expect, test } from 'vitest';

import { testModal } from './modal.js';

const modal = testModal();

test('the readiness probe decides when a sandbox is ready', async () => {
  const sandbox = await modal.sandbox({
    command: ['sh', '-c', 'sleep 0.5; touch /tmp/ready; sleep 60'],
    readinessProbe: { command: ['test', '-e', '/tmp/ready'], interval: 50 },
  });
  await sandbox.waitUntilReady({ timeout: 20_000 });
  expect(await sandbox.filesystem.exists('/tmp/ready')).toBe(true);
});
