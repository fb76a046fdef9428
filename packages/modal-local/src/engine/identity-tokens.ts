// Identity tokens: a JWT that tells a service which sandbox calls it. Modal signs its own; this engine signs with a key
// of its state directory, under an issuer that nobody can take for Modal.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import type { World } from './world.js';

/** `.invalid` never resolves: verifiers take the key from the state directory. */
export const IDENTITY_ISSUER = 'https://modal-local.invalid';
export const IDENTITY_AUDIENCE = 'oidc.modal.com';

export interface SandboxIdentityClaims {
  appId: string;
  appName: string;
  environmentId: string;
  environmentName: string;
  sandboxId: string;
  taskId: string;
}

/** A JSON Web Key Set, as verifiers read it. */
export interface KeySet {
  keys: { kty: string; crv: string; x: string; y: string; use: 'sig'; alg: 'ES256'; kid: string }[];
}

/** A new private key, as PKCS #8 PEM. */
export function generateIdentityKey(): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

export class IdentityTokens {
  readonly #world: Pick<World, 'now' | 'randomBytes'>;
  readonly #loadKey: () => Uint8Array;
  #key: KeyObject | undefined;

  /** `loadKey` is called when a token or the key set is first asked for. */
  constructor(world: Pick<World, 'now' | 'randomBytes'>, loadKey: () => Uint8Array) {
    this.#world = world;
    this.#loadKey = loadKey;
  }

  /** Valid for `lifeMs` from now. */
  mint(identity: SandboxIdentityClaims, lifeMs: number): string {
    const { appId, appName, environmentId, environmentName, sandboxId, taskId } = identity;
    const now = Math.floor(this.#world.now() / 1_000);
    const claims = {
      iss: IDENTITY_ISSUER,
      aud: IDENTITY_AUDIENCE,
      sub: `modal:environment_name:${environmentName}:app_name:${appName}:container_id:${taskId}`,
      iat: now,
      nbf: now,
      exp: now + Math.ceil(lifeMs / 1_000),
      jti: Buffer.from(this.#world.randomBytes(16)).toString('hex'),
      environment_id: environmentId,
      environment_name: environmentName,
      app_id: appId,
      app_name: appName,
      sandbox_id: sandboxId,
      container_id: taskId,
    };
    const body = `${part({ alg: 'ES256', typ: 'JWT', kid: this.#keyId() })}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(body), { key: this.#privateKey(), dsaEncoding: 'ieee-p1363' });
    return `${body}.${signature.toString('base64url')}`;
  }

  /** What verifies the tokens. */
  keySet(): KeySet {
    return { keys: [{ kty: 'EC', crv: 'P-256', ...this.#point(), use: 'sig', alg: 'ES256', kid: this.#keyId() }] };
  }

  /** As RFC 7638 has it. */
  #keyId(): string {
    const { x, y } = this.#point();
    return createHash('sha256').update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })).digest('base64url');
  }

  #point(): { x: string; y: string } {
    const { x = '', y = '' } = createPublicKey(this.#privateKey()).export({ format: 'jwk' });
    return { x, y };
  }

  #privateKey(): KeyObject {
    return (this.#key ??= createPrivateKey(Buffer.from(this.#loadKey())));
  }
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
