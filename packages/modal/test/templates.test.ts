import { expect, test } from 'vitest';

import { testModal } from './modal.js';

const modal = testModal();

test('a template is built once, started by name or id, listed and deleted', async () => {
  const name = `template-${crypto.randomUUID().slice(0, 8)}`;
  const template = await modal.provider.template.create({
    name,
    description: 'with a file',
    dockerfileCommands: ['RUN mkdir -p /opt/tool && echo built > /opt/tool/version', 'ENV TOOL=/opt/tool'],
  });
  expect(template).toMatchObject({ name, provider: 'modal', metadata: { description: 'with a file' } });

  for (const templateId of [name, template.id]) {
    const sandbox = await modal.sandbox({ templateId });
    expect((await sandbox.runCommand('cat $TOOL/version')).stdout).toBe('built\n');
  }
  expect((await modal.another().template.list()).map((listed) => listed.name)).toContain(name);
  await modal.provider.template.delete(name);
  expect((await modal.provider.template.list()).map((listed) => listed.name)).not.toContain(name);
  await modal.provider.template.delete(name);
});

test('Dockerfile commands of the factory and of a create build an image, once', async () => {
  const provider = modal.another({ dockerfileCommands: ['RUN date +%N > /built'] });
  const [a, b] = [await provider.sandbox.create(), await provider.sandbox.create()];
  const other = await modal.another().sandbox.create({ dockerfileCommands: ['RUN echo other > /built'] });
  try {
    const built = await Promise.all([a, b, other].map((sandbox) => sandbox.filesystem.readFile('/built')));
    expect(built[0]).toBe(built[1]);
    expect(built[2]).toBe('other\n');
  } finally {
    await Promise.all([a, b, other].map((sandbox) => sandbox.destroy()));
  }
});

test('a build that fails says what the build printed', async () => {
  const failing = modal.provider.sandbox.create({ dockerfileCommands: ['RUN echo oh no >&2; exit 3'] });
  await expect(failing).rejects.toMatchObject({ code: 'failed_precondition' });
});
