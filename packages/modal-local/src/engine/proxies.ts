// Proxies: on Modal a static address for outgoing traffic; here a name that look-ups find.

import type { ProxyRecord, ProxyRepository } from '../store/proxies.js';
import { getOrCreate, notFound } from './creation.js';
import type { Environments } from './environments.js';
import { mintId } from './mint-id.js';
import { checkObjectName } from './object-names.js';
import type { World } from './world.js';

export interface Proxy extends ProxyRecord {
  environmentName: string;
}

export class Proxies {
  constructor(
    private readonly repository: ProxyRepository,
    private readonly environments: Environments,
    private readonly world: World,
  ) {}

  /** Throws ALREADY_EXISTS or INVALID_ARGUMENT. */
  add(name: string, environmentName: string): Proxy {
    checkObjectName('Proxy', name);
    return this.#resolve(name, environmentName, 'create-fail-if-exists');
  }

  /** Throws NOT_FOUND. */
  byName(name: string, environmentName: string): Proxy {
    return this.#resolve(name, environmentName, 'lookup');
  }

  /** Throws NOT_FOUND. */
  get(id: string): Proxy {
    const proxy = this.repository.byId(id);
    if (proxy === undefined) throw notFound('Proxy', id);
    return { ...proxy, environmentName: this.environments.byId(proxy.environmentId)?.name ?? '' };
  }

  /** By name. */
  list(environmentName: string): Proxy[] {
    const environment = this.environments.resolve(environmentName);
    return this.repository.list(environment.id).map((proxy) => ({ ...proxy, environmentName: environment.name }));
  }

  /** Throws NOT_FOUND. */
  delete(id: string): void {
    if (!this.repository.delete(id)) throw notFound('Proxy', id);
  }

  #resolve(name: string, environmentName: string, creation: 'lookup' | 'create-fail-if-exists'): Proxy {
    const environment = this.environments.resolve(environmentName);
    const proxy = getOrCreate(creation, {
      kind: 'Proxy',
      name,
      find: () => this.repository.byName(environment.id, name),
      create: () => {
        const created = { id: mintId(this.world, 'pr'), environmentId: environment.id, name, createdAt: this.world.now() };
        return this.repository.insert(created) ? created : undefined;
      },
    });
    return { ...proxy, environmentName: environment.name };
  }
}
