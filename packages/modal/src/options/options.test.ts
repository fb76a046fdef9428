import { describe, expect, test } from 'vitest';

import { checkConfig, checkCreateOptions } from './check-options.js';
import { mergeOptions } from './merge-options.js';
import { wholeSeconds } from './units.js';

describe('other names for the same option', () => {
  test.each([
    [{ envs: { A: '1' } }, { env: { A: '1' } }],
    [{ memoryMiB: 512 }, { memory: 512 }],
    [{ cpus: 2 }, { cpu: 2 }],
    [{ vcpus: 3 }, { cpu: 1.5 }],
    [{ timeoutMs: 1000 }, { timeout: 1000 }],
    [{ encryptedPorts: [80] }, { ports: [80] }],
    [{ regions: ['us-east'] }, { region: ['us-east'] }],
    [{ directory: '/app' }, { workdir: '/app' }],
  ])('%j → %j', (given, canonical) => expect(checkCreateOptions(given)).toEqual(canonical));

  test('one option under two names is refused', () => {
    expect(() => checkCreateOptions({ env: {}, envs: {} })).toThrow("'env' is given twice: 'envs' is another name for it");
  });
});

test.each([
  ['encryptedPort', 'encryptedPorts'],
  ['memoryMib', 'memoryMiB'],
  ['timeOut', 'timeout'],
  ['envVars', undefined],
])('%s suggests %s', (given, nearest) => {
  const message = nearest === undefined ? "Unknown option 'envVars' of sandbox.create()" : `did you mean '${nearest}'?`;
  expect(() => checkCreateOptions({ [given]: 1 })).toThrow(message);
});

test('an image that is none is told what one is', () => {
  expect(() => checkCreateOptions({ image: 5 })).toThrow('image must be a registry reference, an image id, an ImageSpec or an Image, got 5');
});

test('undefined is as good as nothing', () => {
  expect(checkConfig({ tokenId: undefined, timeout: undefined })).toEqual({});
});

test.each([null, [], 'text'])('%j is no set of options', (given) => {
  expect(() => checkConfig(given as unknown as object)).toThrow();
});

describe('defaults and options together', () => {
  test('tables are merged, the rest is replaced', () => {
    const defaults = { env: { A: '1', B: '1' }, ports: [80], timeout: 1000 };
    expect(mergeOptions(defaults, { env: { B: '2' }, ports: [81] })).toMatchObject({ env: { A: '1', B: '2' }, ports: [81], timeout: 1000 });
  });

  test('another image does not get what the factory builds on its own', () => {
    const defaults = { image: 'a', pip: ['numpy'], apt: ['git'], dockerfileCommands: ['ENV A=1'] };
    const other = mergeOptions(defaults, { image: 'b', apt: ['curl'] });
    expect(other).toMatchObject({ image: 'b', apt: ['curl'], pip: undefined, dockerfileCommands: undefined });
    expect(mergeOptions(defaults, { snapshotId: 'im-1' })).toMatchObject({ image: undefined, snapshotId: 'im-1', pip: undefined });
    expect(mergeOptions(defaults, {})).toMatchObject({ image: 'a', pip: ['numpy'] });
  });
});

test.each([[1, 1000], [1000, 1000], [1001, 2000], [1500.5, 2000]])('%d ms are %d ms in whole seconds', (given, expected) => {
  expect(wholeSeconds(given)).toBe(expected);
});
