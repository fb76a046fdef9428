// Which provider serves the calls that name none.

import { InvalidArgumentError } from '../errors/invalid.js';
import { isProvider } from '../provider/is-provider.js';
import type { Provider } from '../provider/provider.js';

/** In which order several providers are asked: the first first, or each in its turn. */
export type ProviderStrategy = 'priority' | 'round-robin';

/** What `setConfig` and `createCompute` take. Give `defaultProvider`, or `provider`, or `providers`. */
export interface ComputeConfig<P extends Provider = Provider> {
  /** Serves every call that names no provider. */
  defaultProvider?: P | undefined;
  /** The same under its other name; `defaultProvider` wins. */
  provider?: P | undefined;
  /** Several providers, see `providerStrategy` and `fallbackOnError`. */
  providers?: readonly P[] | undefined;
  /** Default `priority`. */
  providerStrategy?: ProviderStrategy | undefined;
  /** Whether a failed `create` goes on with the next of `providers`. Default `true`. */
  fallbackOnError?: boolean | undefined;
}

/** The configuration as `getConfig` returns it: one provider under both names. */
export interface ResolvedComputeConfig<P extends Provider = Provider> {
  defaultProvider: P;
  provider: P;
}

/** The providers that `config` names, in order; empty when it names none. */
export function providersOf<P extends Provider>(config?: ComputeConfig<P> | null): P[] {
  const { defaultProvider, provider, providers = [] } = config ?? {};
  const single = defaultProvider ?? provider;
  const all = single ? [single, ...providers.filter((other) => other !== single)] : [...providers];
  for (const candidate of all) {
    if (!isProvider(candidate)) {
      throw new InvalidArgumentError('A provider must be an object with sandbox.create, sandbox.getById and sandbox.destroy', {
        field: 'defaultProvider',
        suggestion: 'Pass what a provider package returns, for example modal().',
      });
    }
  }
  return all;
}
