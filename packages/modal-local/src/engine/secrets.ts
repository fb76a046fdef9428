// Secrets: environment variables that a sandbox, an exec or an image layer receives.

import type { SecretRecord, SecretRepository } from '../store/secrets.js';
import { getOrCreate, notFound, type Creation } from './creation.js';
import type { Environments } from './environments.js';
import { EngineError } from './errors.js';
import { mintId } from './mint-id.js';
import { checkEnv, checkObjectName } from './object-names.js';
import type { World } from './world.js';

const DAY = 24 * 60 * 60 * 1_000;
/** An ephemeral secret lives this long after its last use: a program may hold its id for as long as it runs. */
export const EPHEMERAL_SECRET_LIFE = 7 * DAY;

export type Env = Readonly<Record<string, string>>;

export type SecretSource = { secretId: string } | { env: Env };

export interface SecretRequest {
  /** Ignored for an ephemeral secret. */
  name: string;
  environmentName: string;
  creation: Creation;
  env: Env;
  requiredKeys: readonly string[];
}

/** What may leave the engine: never the values. */
export interface SecretInfo {
  id: string;
  name: string;
  environmentName: string;
  keys: string[];
  createdAt: number;
}

export class Secrets {
  constructor(
    private readonly repository: SecretRepository,
    private readonly environments: Environments,
    private readonly world: World,
  ) {}

  /** Throws NOT_FOUND, ALREADY_EXISTS, INVALID_ARGUMENT, and FAILED_PRECONDITION for missing keys. */
  getOrCreate(request: SecretRequest): SecretInfo {
    const { name, creation, env } = request;
    const environment = this.environments.resolve(request.environmentName);
    if (creation === 'ephemeral') {
      checkEnv('an ephemeral Secret', env);
      return info(this.#createEphemeral(environment.id, env), environment.name);
    }
    checkObjectName('Secret', name);
    checkEnv(`Secret '${name}'`, env);
    const secret = getOrCreate(creation, {
      kind: 'Secret',
      name,
      find: () => this.repository.byName(environment.id, name),
      create: () => this.#insert(environment.id, name, env),
      overwrite: (existing) => {
        this.repository.replaceEnv(existing.id, env);
        return { ...existing, env };
      },
    });
    requireKeys(secret, request.requiredKeys);
    return info(secret, environment.name);
  }

  /** Named secrets of an environment, by name. */
  list(environmentName: string): SecretInfo[] {
    const environment = this.environments.resolve(environmentName);
    return this.repository.list(environment.id).map((secret) => info(secret, environment.name));
  }

  /** Throws NOT_FOUND. */
  delete(id: string): void {
    if (!this.repository.delete(id)) throw notFound('Secret', id);
  }

  /** The variables of several sources; of two with the same key, the later wins. Throws NOT_FOUND, INVALID_ARGUMENT. */
  resolve(sources: readonly SecretSource[]): Record<string, string> {
    const env = new Map<string, string>();
    for (const source of sources) {
      for (const [key, value] of Object.entries(this.#envOf(source))) env.set(key, value);
    }
    return Object.fromEntries(env);
  }

  /** Gives every ephemeral one a whole life from now. */
  renew(): void {
    this.repository.renew(this.world.now() + EPHEMERAL_SECRET_LIFE);
  }

  /** Deletes ephemeral secrets that have not been used for their life; returns how many. */
  prune(): number {
    return this.repository.deleteExpired(this.world.now());
  }

  #envOf(source: SecretSource): Env {
    if ('env' in source) {
      checkEnv('the given env', source.env);
      return source.env;
    }
    const secret = this.repository.byId(source.secretId);
    if (secret === undefined) throw notFound('Secret', source.secretId);
    this.#touch(secret);
    return secret.env;
  }

  // Once a day is enough to keep one alive, and spares a write at every exec.
  #touch(secret: SecretRecord): void {
    const expiresAt = this.world.now() + EPHEMERAL_SECRET_LIFE;
    if (secret.expiresAt !== null && secret.expiresAt < expiresAt - DAY) this.repository.setExpiry(secret.id, expiresAt);
  }

  #createEphemeral(environmentId: string, env: Env): SecretRecord {
    const now = this.world.now();
    const secret = { id: mintId(this.world, 'st'), environmentId, name: null, env, createdAt: now, expiresAt: now + EPHEMERAL_SECRET_LIFE };
    this.repository.insert(secret);
    return secret;
  }

  #insert(environmentId: string, name: string, env: Env): SecretRecord | undefined {
    const secret = { id: mintId(this.world, 'st'), environmentId, name, env, createdAt: this.world.now(), expiresAt: null };
    return this.repository.insert(secret) ? secret : undefined;
  }
}

function requireKeys(secret: SecretRecord, keys: readonly string[]): void {
  const missing = keys.filter((key) => !Object.hasOwn(secret.env, key));
  if (missing.length > 0) throw new EngineError('FAILED_PRECONDITION', `Secret is missing key(s): ${missing.join(', ')}`);
}

function info(secret: SecretRecord, environmentName: string): SecretInfo {
  const { id, name, createdAt } = secret;
  return { id, name: name ?? '', environmentName, keys: Object.keys(secret.env).sort(), createdAt };
}
