import { expect, it } from 'vitest';

import { run, testEngine } from './engine.js';

const engine = testEngine();

it('builds an image, finds it by id and by name, and deletes it', async () => {
  const { client, app } = engine;
  const image = await client.images.fromRegistry('python:3.13-slim').dockerfileCommands(['ENV GREETING=hello']).build(app);
  await image.publish('greeter:v1');

  const named = await client.images.fromName('greeter:v1');
  expect(named.imageId).toBe(image.imageId);
  expect((await client.images.fromId(image.imageId)).imageId).toBe(image.imageId);
  const sandbox = await client.sandboxes.create(app, named);
  expect((await run(sandbox, 'sh', '-c', 'echo $GREETING')).stdout).toBe('hello\n');
  await sandbox.terminate({ wait: true });

  await client.images.delete(image.imageId);
  await expect(client.images.fromName('greeter:v1')).rejects.toThrow(/greeter:v1/);
  await expect(client.images.fromId('im-0000000000000000000000')).rejects.toThrow('im-0000000000000000000000');
});

it('takes the snapshot of a file system that SDK 0.3.16 asks for', async () => {
  const { client, app } = engine;
  const sandbox = await engine.sandbox();
  await run(sandbox, 'sh', '-c', 'echo kept > /kept');
  const { imageId } = await client.cpClient.sandboxSnapshotFs({ sandboxId: sandbox.sandboxId, timeout: 55 });
  const copy = await client.sandboxes.create(app, await client.images.fromId(imageId));
  expect((await run(copy, 'cat', '/kept')).stdout).toBe('kept\n');
  await copy.terminate({ wait: true });
});
