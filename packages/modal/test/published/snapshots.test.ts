// Snapshots through the published computesdk@4.1.4 alone.

import { compute } from 'computesdk-published';
import { afterAll, expect, test } from 'vitest';

import { testModal } from '../modal.js';

const modal = testModal();
const made: string[] = [];
afterAll(async () => {
  await Promise.all(made.map((id) => modal.provider.sandbox.destroy(id)));
});

test('takes snapshots and restores them', async () => {
  const separate = compute({ provider: modal.provider });
  const sandbox = await separate.sandbox.create();
  made.push(sandbox.sandboxId);
  await sandbox.filesystem.writeFile('/state', '1');
  const snapshot = await separate.snapshot.create(sandbox.sandboxId, { name: 'n' });
  expect(snapshot).toMatchObject({ provider: 'modal' });
  expect((await separate.snapshot.list()).map(({ id }) => id)).toContain(snapshot.id);
  const restored = await separate.sandbox.create({ snapshotId: snapshot.id });
  made.push(restored.sandboxId);
  expect(await restored.filesystem.readFile('/state')).toBe('1');
  await separate.snapshot.delete(snapshot.id);
});
