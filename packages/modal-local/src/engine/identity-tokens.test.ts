import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateIdentityKey, IdentityTokens } from './identity-tokens.js';
import { REAL_WORLD } from './world.js';

const IDENTITY = { appId: 'ap-1', appName: 'app', environmentId: 'en-1', environmentName: 'main', sandboxId: 'sb-1', taskId: 'ta-1' };
const decode = (text: string | undefined) => JSON.parse(Buffer.from(text ?? '', 'base64url').toString());

describe('identity tokens', () => {
  const key = generateIdentityKey();
  const tokens = new IdentityTokens({ ...REAL_WORLD, now: () => 1_000_000 }, () => key);

  it('tell which sandbox calls, for as long as it may live', () => {
    const [header, claims] = tokens.mint(IDENTITY, 90_500).split('.');
    expect(decode(header)).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: tokens.keySet().keys[0]?.kid });
    expect(decode(claims)).toMatchObject({
      iss: 'https://modal-local.invalid',
      aud: 'oidc.modal.com',
      sub: 'modal:environment_name:main:app_name:app:container_id:ta-1',
      iat: 1_000,
      exp: 1_091,
      sandbox_id: 'sb-1',
    });
  });

  it('are verified by the key set, and no other', () => {
    const verifies = (token: string, jwk: JsonWebKey) => {
      const [header, claims, signature] = token.split('.');
      const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
      return verify('sha256', Buffer.from(`${header}.${claims}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature ?? '', 'base64url'));
    };
    const token = tokens.mint(IDENTITY, 1_000);
    const other = new IdentityTokens(REAL_WORLD, generateIdentityKey);
    expect(verifies(token, tokens.keySet().keys[0] ?? {})).toBe(true);
    expect(verifies(token, other.keySet().keys[0] ?? {})).toBe(false);
    expect(tokens.mint(IDENTITY, 1_000)).not.toBe(token);
  });

  it('need the key only when one is minted', () => {
    new IdentityTokens(REAL_WORLD, () => {
      throw new Error('not needed');
    });
  });
});
