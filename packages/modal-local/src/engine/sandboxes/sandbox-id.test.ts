import { expect, it } from 'vitest';

import { REAL_WORLD } from '../world.js';
import { generationOf, mintSandboxId, mintTaskId } from './sandbox-id.js';

it('gives each backend ids of the shape by which the SDK tells it', () => {
  for (let count = 0; count < 200; count += 1) {
    expect(mintSandboxId(REAL_WORLD, 'v1')).toMatch(/^sb-[0-9A-Za-z]{22}$/);
    expect(mintSandboxId(REAL_WORLD, 'v2')).toMatch(/^sb-[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  }
  expect(generationOf(mintSandboxId(REAL_WORLD, 'v1'))).toBe('v1');
  expect(generationOf(mintSandboxId(REAL_WORLD, 'v2'))).toBe('v2');
  expect(mintTaskId(REAL_WORLD, 'v2')).toMatch(/^ta-[0-9A-Za-z]{22}V$/);
});
