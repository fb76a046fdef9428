// Apps: the groups that sandboxes belong to. An app outlives its sandboxes and the engine.

import type { AppRecord, AppRepository } from '../store/apps.js';
import { getOrCreate, notFound, type Creation } from './creation.js';
import type { Environments } from './environments.js';
import { EngineError } from './errors.js';
import { mintId } from './mint-id.js';
import { checkObjectName } from './object-names.js';
import type { World } from './world.js';

export interface App extends AppRecord {
  environmentName: string;
}

export class Apps {
  constructor(
    private readonly repository: AppRepository,
    private readonly environments: Environments,
    private readonly world: World,
  ) {}

  getOrCreate(name: string, environmentName: string, creation: Creation): App {
    if (creation === 'ephemeral') {
      throw new EngineError('INVALID_ARGUMENT', 'Ephemeral Apps run Functions, which this engine does not; look the App up by name');
    }
    checkObjectName('App', name);
    const environment = this.environments.resolve(environmentName);
    const app = getOrCreate(creation, {
      kind: 'App',
      name,
      find: () => this.repository.byName(environment.id, name),
      create: () => this.#insert(environment.id, name),
    });
    return { ...app, environmentName: environment.name };
  }

  /** Throws NOT_FOUND. */
  get(id: string): App {
    const app = this.repository.byId(id);
    if (app === undefined) throw notFound('App', id);
    return { ...app, environmentName: this.environments.byId(app.environmentId)?.name ?? '' };
  }

  /** Newest first. */
  list(environmentName: string): App[] {
    const environment = this.environments.resolve(environmentName);
    return this.repository.list(environment.id).map((app) => ({ ...app, environmentName: environment.name }));
  }

  #insert(environmentId: string, name: string): AppRecord | undefined {
    const app = { id: mintId(this.world, 'ap'), environmentId, name, createdAt: this.world.now() };
    return this.repository.insert(app) ? app : undefined;
  }
}
