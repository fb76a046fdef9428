// `compute.snapshot` and `compute.template`: the provider's own managers, or a clear refusal.

import { InvalidArgumentError } from '../errors/invalid.js';
import { UnsupportedError } from '../errors/service.js';
import type { ProviderSnapshotManager } from '../provider/snapshots.js';
import type { ProviderTemplateManager } from '../provider/templates.js';
import type { ComputeSnapshots, ComputeTemplates, NamedProvider } from './api.js';
import type { ProviderSlot } from './provider-slot.js';

export function computeSnapshots(slot: ProviderSlot): ComputeSnapshots {
  const of = (wanted: NamedProvider['provider']): ProviderSnapshotManager => {
    const provider = slot.resolve(wanted);
    if (provider.snapshot) return provider.snapshot;
    throw new UnsupportedError(`Provider ${provider.name} has no snapshots`);
  };
  return {
    create: async (sandboxId, { provider, ...options } = {}) => of(provider).create(sandboxId, options),
    list: async ({ provider, ...options } = {}) => of(provider).list(options),
    delete: async (snapshotId, { provider, ...options } = {}) => of(provider).delete(snapshotId, options),
  };
}

export function computeTemplates(slot: ProviderSlot): ComputeTemplates {
  const of = (wanted: NamedProvider['provider']): ProviderTemplateManager => {
    const provider = slot.resolve(wanted);
    if (provider.template) return provider.template;
    throw new UnsupportedError(`Provider ${provider.name} has no templates`);
  };
  return {
    async create(params) {
      if (typeof params !== 'object' || params === null) throw new InvalidArgumentError('template.create() takes an object with a name', { field: 'name' });
      const { provider, ...options } = params;
      return of(provider).create(options);
    },
    list: async ({ provider, ...options } = {}) => of(provider).list(options),
    delete: async (templateId, { provider, ...options } = {}) => of(provider).delete(templateId, options),
  };
}
