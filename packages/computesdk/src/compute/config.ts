// Which provider serves the calls that name none.

import { InvalidArgumentError } from '../errors/invalid.js';
import { rejectUnknownOptions } from '../options/reject-unknown.js';
import { kindOf } from '../provider/arguments.js';
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
  /** Credentials of ComputeSDK's former gateway: programs of old give them, and nothing needs them any more. */
  apiKey?: string | undefined;
  /** The same, in another form. */
  accessToken?: string | undefined;
  /** The same under its older name. */
  jwt?: string | undefined;
}

const names = [
  'defaultProvider',
  'provider',
  'providers',
  'providerStrategy',
  'fallbackOnError',
  'apiKey',
  'accessToken',
  'jwt',
] as const satisfies readonly (keyof ComputeConfig)[];

const strategies: readonly unknown[] = ['priority', 'round-robin'] satisfies ProviderStrategy[];

/** Throws UnknownOptionError or InvalidArgumentError for what cannot be honoured. `place` names the call in the message. */
export function checkConfig(config: ComputeConfig, place: string): void {
  if (typeof config !== 'object') {
    throw new InvalidArgumentError(`${place} takes an object with a provider, got ${kindOf(config)}`, { field: 'defaultProvider' });
  }
  rejectUnknownOptions(config, names, place);
  const { fallbackOnError = true, providers = [], providerStrategy = 'priority' } = config;
  if (!Array.isArray(providers)) throw new InvalidArgumentError(`providers must be an array, got ${kindOf(providers)}`, { field: 'providers' });
  if (!strategies.includes(providerStrategy)) {
    throw new InvalidArgumentError(`providerStrategy must be 'priority' or 'round-robin', got ${kindOf(providerStrategy)}`, {
      field: 'providerStrategy',
    });
  }
  if (typeof fallbackOnError !== 'boolean') {
    throw new InvalidArgumentError(`fallbackOnError must be true or false, got ${kindOf(fallbackOnError)}`, { field: 'fallbackOnError' });
  }
}

/** The configuration as `getConfig` returns it: one provider under both names. */
export interface ResolvedComputeConfig<P extends Provider = Provider> {
  defaultProvider: P;
  provider: P;
}

/** The providers that `config` names, in order; empty when it names none. */
export function providersOf<P extends Provider>({ defaultProvider, provider, providers = [] }: ComputeConfig<P>): P[] {
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
