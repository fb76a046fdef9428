// Environments: every named object lives in one, and "" means the default.

import type { EnvironmentRecord, EnvironmentRepository } from '../store/environments.js';
import { getOrCreate, notFound, type Creation } from './creation.js';
import { EngineError } from './errors.js';
import { mintId } from './mint-id.js';
import { checkObjectName } from './object-names.js';
import type { World } from './world.js';

export const DEFAULT_ENVIRONMENT = 'main';
/** The SDK demands a builder version before it sends an image; this is the one of its day. */
export const IMAGE_BUILDER_VERSION = '2025.06';

export type Environment = EnvironmentRecord;

export class Environments {
  constructor(
    private readonly repository: EnvironmentRepository,
    private readonly world: World,
  ) {}

  /** The environment that a request names; the default one exists as soon as it is asked for. */
  resolve(name: string): Environment {
    if (name === '' || name === DEFAULT_ENVIRONMENT) return this.getOrCreate(DEFAULT_ENVIRONMENT, 'create-if-missing');
    return this.getOrCreate(name, 'lookup');
  }

  getOrCreate(name: string, creation: Creation): Environment {
    if (creation === 'ephemeral') throw new EngineError('INVALID_ARGUMENT', 'An Environment cannot be ephemeral');
    const wanted = name === '' ? DEFAULT_ENVIRONMENT : name;
    checkObjectName('Environment', wanted);
    const effective = creation === 'lookup' && wanted === DEFAULT_ENVIRONMENT ? 'create-if-missing' : creation;
    return getOrCreate(effective, {
      kind: 'Environment',
      name: wanted,
      find: () => this.repository.byName(wanted),
      create: () => this.#insert(wanted),
    });
  }

  /** Throws ALREADY_EXISTS or INVALID_ARGUMENT. */
  create(name: string): Environment {
    this.resolve(DEFAULT_ENVIRONMENT);
    checkObjectName('Environment', name);
    return this.getOrCreate(name, 'create-fail-if-exists');
  }

  list(): Environment[] {
    this.resolve(DEFAULT_ENVIRONMENT);
    return this.repository.list();
  }

  byId(id: string): Environment | undefined {
    return this.repository.byId(id);
  }

  /** Deletes it with every app, secret, volume, queue and proxy in it; the default one stays. */
  delete(name: string): void {
    if (name === '' || name === DEFAULT_ENVIRONMENT) {
      throw new EngineError('FAILED_PRECONDITION', `Environment '${DEFAULT_ENVIRONMENT}' is the default and cannot be deleted`);
    }
    const environment = this.repository.byName(name);
    if (environment === undefined) throw notFound('Environment', name);
    this.repository.delete(environment.id);
  }

  /** Deletes every environment but the default one, which is emptied of all but the names of images. */
  clear(): void {
    for (const { id, name } of this.repository.list()) {
      if (name === DEFAULT_ENVIRONMENT) this.repository.empty(id);
      else this.repository.delete(id);
    }
  }

  #insert(name: string): Environment | undefined {
    const environment = { id: mintId(this.world, 'en'), name, createdAt: this.world.now() };
    return this.repository.insert(environment) ? environment : undefined;
  }
}
