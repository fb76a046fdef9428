import { describe, expect, it } from 'vitest';

import { Tokens } from './tokens.js';
import { REAL_WORLD } from './world.js';

describe('Tokens', () => {
  it('carries an expiry that the SDK can read with atob', () => {
    const [, payload = ''] = new Tokens(REAL_WORLD).mintAuth().split('.');
    expect(payload).toMatch(/^[A-Za-z0-9+/]+$/);
    expect(payload.length % 4).toBe(0);
    const { exp } = JSON.parse(atob(payload)) as { exp: number };
    expect(exp).toBeGreaterThan(Date.now() / 1000 + 20 * 60);
  });

  it('names the task that a router token is for', () => {
    const tokens = new Tokens(REAL_WORLD);
    expect(tokens.verifyRouter(tokens.mintRouter('ta-1'))).toBe('ta-1');
  });

  it('refuses tokens of another engine, changed ones, and nonsense', () => {
    const tokens = new Tokens(REAL_WORLD);
    const foreign = new Tokens(REAL_WORLD).mintRouter('ta-1');
    const [head, , signature] = tokens.mintRouter('ta-1').split('.');
    const [, otherPayload] = tokens.mintRouter('ta-2').split('.');
    for (const token of [foreign, `${head}.${otherPayload}.${signature}`, '', 'a.b.c', '..']) {
      expect(() => tokens.verifyRouter(token)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    }
  });

  it('refuses a token after its hour', () => {
    let passed = 0;
    const tokens = new Tokens({ ...REAL_WORLD, now: () => Date.now() + passed, elapsed: () => passed });
    const token = tokens.mintRouter('ta-1');
    passed += 61 * 60_000;
    expect(() => tokens.verifyRouter(token)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  it('does not take a router token for the control plane', () => {
    const tokens = new Tokens(REAL_WORLD);
    expect(() => tokens.verifyAuth(tokens.mintRouter('ta-1'))).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    expect(() => tokens.verifyAuth(tokens.mintAuth())).not.toThrow();
  });
});
