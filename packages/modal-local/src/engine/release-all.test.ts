import { describe, expect, it } from 'vitest';

import { releaseAll } from './release-all.js';

describe('the release of everything', () => {
  it('goes on past what fails, and tells of all failures', async () => {
    const released: string[] = [];
    const fail = (what: string) => () => {
      throw new Error(`${what} is stuck`);
    };
    const result = releaseAll([() => void released.push('a'), fail('b'), async () => void released.push('c'), async () => fail('d')()], 'Not all is gone');
    await expect(result).rejects.toThrow('Not all is gone: b is stuck; d is stuck');
    expect(released).toEqual(['a', 'c']);
  });
});
