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
