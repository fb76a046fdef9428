// `compute.sandbox`: finds the provider of each call and hands the call on.

import { InvalidArgumentError } from '../errors/invalid.js';
import { UnsupportedError } from '../errors/service.js';
import { ifGiven } from '../options/if-given.js';
import { isProvider } from '../provider/is-provider.js';
import type { ListSandboxesOptions, Provider } from '../provider/provider.js';
import type { CallOptions } from '../sandbox/call-options.js';
import type { CreateSandboxOptions } from '../sandbox/create-options.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { readCreateCall } from './create-params.js';
import type { ProviderSlot } from './provider-slot.js';
import { readTarget } from './target.js';

/** The calls as they run, without the types that a known provider adds. */
export function computeSandboxes(slot: ProviderSlot) {
  return {
    async create(params?: object): Promise<Sandbox> {
      const { provider, options } = readCreateCall(params);
      return slot.resolve(provider).sandbox.create(options);
    },

    async getById(first: Provider | string, second?: string | CallOptions, third?: CallOptions): Promise<Sandbox | null> {
      const { provider, sandboxId, options } = readTarget(first, second, third);
      return slot.resolve(provider).sandbox.getById(sandboxId, ...ifGiven(options));
    },

    async list(first?: Provider | ListSandboxesOptions, second?: ListSandboxesOptions): Promise<Sandbox[]> {
      if (isProvider(first)) return first.sandbox.list(...ifGiven(second));
      return slot.resolve().sandbox.list(...ifGiven(first));
    },

    async destroy(first: Provider | string, second?: string | CallOptions, third?: CallOptions): Promise<void> {
      const { provider, sandboxId, options } = readTarget(first, second, third);
      await slot.resolve(provider).sandbox.destroy(sandboxId, ...ifGiven(options));
    },

    async getOrCreate(params: CreateSandboxOptions & { name: string }): Promise<Sandbox> {
      const { provider: wanted, options } = readCreateCall(params);
      const provider = slot.resolve(wanted);
      const name = options?.name;
      if (name === undefined) throw new InvalidArgumentError('name is required to find a sandbox or create it', { field: 'name' });
      if (provider.sandbox.getOrCreate) return provider.sandbox.getOrCreate({ ...options, name });
      throw new UnsupportedError(`Provider ${provider.name} cannot find sandboxes by name`);
    },
  };
}
