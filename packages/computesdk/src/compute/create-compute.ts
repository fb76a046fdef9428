// A `compute` of one's own, apart from the singleton.

import { ProviderMissingError } from '../errors/service.js';
import type { Provider } from '../provider/provider.js';
import type { TypedComputeAPI } from './api.js';
import { computeSnapshots, computeTemplates } from './artifacts.js';
import { checkConfig, type ComputeConfig, providersOf } from './config.js';
import { ProviderSlot } from './provider-slot.js';
import { computeSandboxes } from './sandboxes.js';

/**
 * Without a provider in `config`, each call must pass one until `setConfig` is called.
 * The result's types follow the provider: `getInstance()` of its sandboxes has the provider's own type.
 */
export function createCompute<P extends Provider = Provider>(config?: ComputeConfig<P>): TypedComputeAPI<P>;
export function createCompute(config?: ComputeConfig | null) {
  const slot = new ProviderSlot();
  const first = config ?? {};
  checkConfig(first, 'createCompute()');
  slot.set(first);
  const api = {
    setConfig(given?: ComputeConfig | null) {
      const next = given ?? {};
      checkConfig(next, 'setConfig()');
      if (providersOf(next).length === 0) {
        throw new ProviderMissingError('Either defaultProvider or provider must be specified in setConfig');
      }
      slot.set(next);
      return api;
    },
    getConfig: () => slot.config,
    clearConfig: () => slot.set({}),
    sandbox: computeSandboxes(slot),
    snapshot: computeSnapshots(slot),
    template: computeTemplates(slot),
  };
  return api;
}
