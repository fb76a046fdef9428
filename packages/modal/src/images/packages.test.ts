import { expect, test } from 'vitest';

import { buildCommands } from './packages.js';

test('Debian packages come first, then Python\'s, then the lines', () => {
  expect(buildCommands({ dockerfileCommands: ['ENV A=1'], pip: ['numpy==2.1'], apt: ['git', 'curl'] })).toEqual([
    'RUN apt-get update && apt-get install -y --no-install-recommends git curl && rm -rf /var/lib/apt/lists/*',
    'RUN python3 -m pip install --no-cache-dir numpy==2.1',
    'ENV A=1',
  ]);
});

test('what means something to a shell is quoted', () => {
  expect(buildCommands({ pip: ['torch>=2,<3', "x; touch /tmp/injected '"] })).toEqual([
    "RUN python3 -m pip install --no-cache-dir 'torch>=2,<3' 'x; touch /tmp/injected '\\'''",
  ]);
});

test('a line break would start a line of the Dockerfile', () => {
  expect(() => buildCommands({ pip: ['numpy\nRUN id'] })).toThrow(/one package per entry/);
});

test('nothing asked for is nothing to build', () => {
  expect(buildCommands({ registry: 'python:3.13-slim', pip: [], apt: [] })).toEqual([]);
});
