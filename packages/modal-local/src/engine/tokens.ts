// Signed tokens: the one that the SDK demands of the control plane, and one a sandbox for its data path.

import { createHmac, timingSafeEqual } from 'node:crypto';

import { EngineError } from './errors.js';
import type { World } from './world.js';

/** The SDK takes 20 minutes when it cannot tell, and refreshes at half of what is left. */
const AUTH_LIFE_SECONDS = 60 * 60;
const ROUTER_LIFE_SECONDS = 60 * 60;

interface Claims {
  /** `auth`, or the task that the bearer may command. */
  sub: string;
  /** Unix seconds: clients go by it. */
  exp: number;
  /** By `World.elapsed`, in milliseconds. */
  until: number;
}

export class Tokens {
  readonly #key: Uint8Array;
  readonly #world: World;

  constructor(world: World) {
    this.#key = world.randomBytes(32);
    this.#world = world;
  }

  mintAuth(): string {
    return this.#mint('auth', AUTH_LIFE_SECONDS);
  }

  mintRouter(taskId: string): string {
    return this.#mint(taskId, ROUTER_LIFE_SECONDS);
  }

  /** The task that the bearer may command. Throws UNAUTHENTICATED. */
  verifyRouter(token: string): string {
    return this.#verify(token).sub;
  }

  /** Throws UNAUTHENTICATED. */
  verifyAuth(token: string): void {
    if (this.#verify(token).sub !== 'auth') throw unauthenticated('The token is for a sandbox, not for the control plane');
  }

  #mint(sub: string, lifeSeconds: number): string {
    const claims: Claims = { sub, exp: Math.floor(this.#world.now() / 1000) + lifeSeconds, until: this.#world.elapsed() + lifeSeconds * 1000 };
    const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
    return `${body}.${this.#signature(body)}`;
  }

  #verify(token: string): Claims {
    const end = token.lastIndexOf('.');
    const body = token.slice(0, Math.max(0, end));
    const given = Buffer.from(token.slice(end + 1));
    const expected = Buffer.from(this.#signature(body));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw unauthenticated('The token was not issued by this engine');
    const claims = JSON.parse(Buffer.from(body.split('.')[1] ?? '', 'base64').toString()) as Claims;
    // By both clocks: one that is put forward must not shut everybody out, nor one that is put back, by which clients see no need for another.
    if (claims.exp * 1000 <= this.#world.now() && claims.until <= this.#world.elapsed()) throw unauthenticated('The token has expired');
    return claims;
  }

  #signature(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url');
  }
}

// The SDK decodes with `atob`, which knows neither base64url's alphabet nor a payload without padding: JSON that is
// padded with spaces to a multiple of three bytes, all ASCII, needs neither.
function part(value: object): string {
  const json = JSON.stringify(value);
  return Buffer.from(json.padEnd(Math.ceil(json.length / 3) * 3)).toString('base64');
}

function unauthenticated(message: string): EngineError {
  return new EngineError('UNAUTHENTICATED', message);
}
