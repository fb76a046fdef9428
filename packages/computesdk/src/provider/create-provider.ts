// Makes a provider out of the few methods that differ from service to service.

import type { CreateSandboxOptions } from '../sandbox/create-options.js';
import { ifGiven } from '../options/if-given.js';
import { abortableCreate } from './abortable-create.js';
import type { NativeSandbox, ProviderConfig, SnapshotMethods, TemplateMethods } from './methods.js';
import type { Provider } from './provider.js';
import type { ProviderSnapshotManager, Snapshot } from './snapshots.js';
import type { ProviderTemplateManager, Template } from './templates.js';
import { wrapSandbox } from './wrap-sandbox.js';

/**
 * Returns the provider's factory: `const acme = createProvider({ name: 'acme', methods })`, then `acme(config)`.
 * Nothing is cached: `getById` and `list` always ask the service.
 */
export function createProvider<
  TNative,
  TConfig,
  TTemplate extends Template = Template,
  TSnapshot extends Snapshot = Snapshot,
>({
  name,
  runtimes = ['node', 'python'],
  methods,
}: ProviderConfig<TNative, TConfig, TTemplate, TSnapshot>): (config: TConfig) => Provider<TNative, TTemplate, TSnapshot> {
  return (config) => {
    const wrap = (native: NativeSandbox<TNative>) => wrapSandbox(native, { provider, methods: methods.sandbox, config });
    const provider: Provider<TNative, TTemplate, TSnapshot> = {
      name,
      getSupportedRuntimes: () => [...runtimes],
      sandbox: {
        create: async (options?: CreateSandboxOptions) =>
          wrap(
            await abortableCreate(
              () => methods.sandbox.create(config, options),
              ({ sandboxId }) => methods.sandbox.destroy(config, sandboxId),
              options?.signal,
            ),
          ),
        async getById(sandboxId, options) {
          const native = await methods.sandbox.getById(config, sandboxId, ...ifGiven(options));
          return native && wrap(native);
        },
        list: async (options) => (await methods.sandbox.list(config, ...ifGiven(options))).map(wrap),
        destroy: async (sandboxId, options) => methods.sandbox.destroy(config, sandboxId, ...ifGiven(options)),
      },
      ...(methods.template && { template: templateManager(methods.template, config) }),
      ...(methods.snapshot && { snapshot: snapshotManager(methods.snapshot, config) }),
    };
    return provider;
  };
}

function templateManager<TConfig, TTemplate extends Template>(
  methods: TemplateMethods<TConfig, TTemplate>,
  config: TConfig,
): ProviderTemplateManager<TTemplate> {
  return {
    create: async (options) => methods.create(config, options),
    list: async (options) => methods.list(config, ...ifGiven(options)),
    delete: async (templateId, options) => methods.delete(config, templateId, ...ifGiven(options)),
  };
}

function snapshotManager<TConfig, TSnapshot extends Snapshot>(
  methods: SnapshotMethods<TConfig, TSnapshot>,
  config: TConfig,
): ProviderSnapshotManager<TSnapshot> {
  return {
    create: async (sandboxId, options) => methods.create(config, sandboxId, ...ifGiven(options)),
    list: async (options) => methods.list(config, ...ifGiven(options)),
    delete: async (snapshotId, options) => methods.delete(config, snapshotId, ...ifGiven(options)),
  };
}
