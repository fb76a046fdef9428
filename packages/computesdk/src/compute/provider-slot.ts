// The configured provider of one `compute`, and the choice between it and one that a call names.

import { InvalidArgumentError } from '../errors/invalid.js';
import { ProviderMissingError } from '../errors/service.js';
import type { Provider } from '../provider/provider.js';
import { type ComputeConfig, providersOf, type ResolvedComputeConfig } from './config.js';
import { routeProviders } from './route-providers.js';

export class ProviderSlot {
  #named: Provider[] = [];
  #default: Provider | undefined;

  /** Replaces the configuration; one without any provider empties the slot. */
  set(config: ComputeConfig): void {
    if (config.defaultProvider && config.provider) {
      console.warn('Both defaultProvider and provider are set in the compute configuration: defaultProvider is used.');
    }
    this.#named = providersOf(config);
    this.#default = this.#named.length > 1 ? routeProviders(this.#named, config) : this.#named[0];
  }

  get config(): ResolvedComputeConfig | null {
    return this.#default ? { defaultProvider: this.#default, provider: this.#default } : null;
  }

  /** The provider for one call: the one it passed, the configured one it named, else the default. */
  resolve(wanted?: Provider | string): Provider {
    if (typeof wanted === 'object') return wanted;
    if (typeof wanted === 'string') return this.#byName(wanted);
    if (this.#default) return this.#default;
    throw new ProviderMissingError(
      'No default provider configured. Either call compute.setConfig({ defaultProvider }) or pass provider explicitly.',
    );
  }

  #byName(name: string): Provider {
    const found = this.#named.find((provider) => provider.name === name);
    if (found) return found;
    const known = this.#named.map((provider) => provider.name).join(', ') || 'none';
    throw new InvalidArgumentError(`No configured provider is named '${name}' (configured: ${known})`, { field: 'provider' });
  }
}
