import { describe, expect, test } from 'vitest';

import { chooseImage } from './choose-image.js';
import { isImageId } from './image-input.js';

const start = (options: Parameters<typeof chooseImage>[0], runtime: 'python' | 'node' = 'python') => {
  const { registry, id, name } = chooseImage(options, runtime).spec;
  return { registry, id, name };
};

describe('a sandbox starts from', () => {
  test.each([
    [{}, { registry: 'python:3.13-slim' }],
    [{ image: 'ghcr.io/acme/tool:1' }, { registry: 'ghcr.io/acme/tool:1' }],
    [{ image: 'im-AbC123' }, { id: 'im-AbC123' }],
    [{ image: { name: 'mine:v1' } }, { name: 'mine:v1' }],
    [{ snapshotId: 'im-Snap' }, { id: 'im-Snap' }],
    [{ templateId: 'im-Temp' }, { id: 'im-Temp' }],
    [{ templateId: 'by-name' }, { name: 'by-name' }],
  ])('%j → %j', (options, expected) => expect(start(options)).toEqual(expected));

  test('an image of Node when the runtime is Node', () => {
    expect(start({}, 'node')).toEqual({ registry: 'node:22-slim' });
    expect(start({ image: 'alpine' }, 'node')).toEqual({ registry: 'alpine' });
  });
});

test('packages of the options come after those of the image', () => {
  const { spec } = chooseImage({ image: { registry: 'x', pip: ['a'] }, pip: ['b'], dockerfileCommands: ['ENV A=1'] }, 'python');
  expect(spec).toMatchObject({ registry: 'x', pip: ['a', 'b'], dockerfileCommands: ['ENV A=1'] });
});

test.each([['im-AbC123', true], ['im-dash/ed', false], ['image', false], ['im-', false]])('%s is an id: %s', (text, expected) => {
  expect(isImageId(text)).toBe(expected);
});
