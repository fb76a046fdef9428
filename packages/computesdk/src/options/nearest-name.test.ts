import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.js';

const options = ['timeout', 'image', 'gpu', 'memory', 'memoryLimit', 'idleTimeout', 'dockerfileCommands', 'env'];

test.each([
  ['timeuot', 'timeout'],
  ['time_out', 'timeout'],
  ['TIMEOUT', 'timeout'],
  ['images', 'image'],
  ['gpus', 'gpu'],
  ['envs', 'env'],
  ['memory-limit', 'memoryLimit'],
  ['idletimout', 'idleTimeout'],
  ['dockerFileCommand', 'dockerfileCommands'],
])('%s → %s', (typed, meant) => {
  expect(nearestName(typed, options)).toBe(meant);
});

test.each(['colour', 'x', 'region', ''])('%j has no near name', (typed) => {
  expect(nearestName(typed, options)).toBeUndefined();
});
