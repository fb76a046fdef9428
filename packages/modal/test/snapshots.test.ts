import { InvalidArgumentError, NotFoundError, SandboxNotFoundError } from 'computesdk';
import { expect, test } from 'vitest';

import { testModal } from './modal.js';

const modal = testModal();

test('a snapshot starts sandboxes with the files of another, as often as wanted', async () => {
  const sandbox = await modal.sandbox();
  await sandbox.filesystem.writeFile('/data/state', 'one');
  const snapshot = await modal.provider.snapshot.create(sandbox.sandboxId, { name: 'first', metadata: { step: 1 } });
  expect(snapshot).toMatchObject({ provider: 'modal', name: 'first', sandboxId: sandbox.sandboxId, metadata: { step: 1 } });
  expect(snapshot.createdAt).toBeInstanceOf(Date);
  await sandbox.filesystem.writeFile('/data/state', 'two');

  const [a, b] = await Promise.all([modal.sandbox({ snapshotId: snapshot.id }), modal.sandbox({ snapshotId: snapshot.id })]);
  await a.filesystem.writeFile('/data/state', 'a');
  expect(await b.filesystem.readFile('/data/state')).toBe('one');
});

test('snapshots are listed, also by another process, until they are deleted', async () => {
  const sandbox = await modal.sandbox();
  const [first, second] = [
    await modal.provider.snapshot.create(sandbox.sandboxId, { name: 'a' }),
    await modal.provider.snapshot.create(sandbox.sandboxId, { name: 'b' }),
  ];
  const elsewhere = modal.another();
  const names = async () => (await elsewhere.snapshot.list({ sandboxId: sandbox.sandboxId })).map(({ name }) => name);
  expect(await names()).toEqual(['b', 'a']);
  expect(await elsewhere.snapshot.list({ sandboxId: sandbox.sandboxId, limit: 1 })).toHaveLength(1);
  await modal.provider.snapshot.delete(second.id);
  expect(await names()).toEqual(['a']);
  await modal.provider.snapshot.delete(second.id);
  await expect(modal.provider.sandbox.create({ snapshotId: second.id })).rejects.toThrow(NotFoundError);
  await modal.provider.snapshot.delete(first.id);
  expect(await names()).toEqual([]);
});

test('of a sandbox that is not there: an error', async () => {
  await expect(modal.provider.snapshot.create('sb-01AAAAAAAAAAAAAAAAAAAAAAAA')).rejects.toThrow(SandboxNotFoundError);
  const sandbox = await modal.sandbox();
  await expect(modal.provider.snapshot.create(sandbox.sandboxId, { ttl: -1 })).rejects.toThrow(InvalidArgumentError);
});

test('the SDK\'s own snapshot of a directory is an image, too', async () => {
  const sandbox = await modal.sandbox();
  await sandbox.filesystem.writeFile('/data/x', '1');
  const image = await sandbox.getInstance().snapshotFilesystem();
  const other = await modal.sandbox({ image });
  expect(await other.filesystem.readFile('/data/x')).toBe('1');
});
