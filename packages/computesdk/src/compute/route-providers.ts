// Several providers behind one: create on the first that can, find each sandbox again where it was made.

import { isAbortError } from '../errors/interrupted.js';
import { UnavailableError, UnsupportedError } from '../errors/service.js';
import type { Provider } from '../provider/provider.js';
import type { CreateSandboxOptions } from '../sandbox/create-options.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { ComputeConfig } from './config.js';
import { Owners } from './owners.js';

type NamedOptions = CreateSandboxOptions & { name: string };
type Namer = Provider & { sandbox: { getOrCreate(options: NamedOptions): Promise<Sandbox> } };

/** One provider that stands for `providers`. Snapshots and templates need a provider by name: ids tell nothing of their owner. */
export function routeProviders(
  providers: readonly Provider[],
  { providerStrategy = 'priority', fallbackOnError = true }: ComputeConfig,
): Provider {
  const owners = new Owners();
  let turn = 0;

  function candidates(): Provider[] {
    const start = providerStrategy === 'round-robin' ? turn++ % providers.length : 0;
    return [...providers.slice(start), ...providers.slice(0, start)];
  }

  /** The owner first, when known. */
  function searchOrder(sandboxId: string): Provider[] {
    const owner = owners.get(sandboxId);
    return owner ? [owner, ...providers.filter((provider) => provider !== owner)] : [...providers];
  }

  function remember(sandbox: Sandbox, owner: Provider): Sandbox {
    owners.set(sandbox.sandboxId, owner);
    return sandbox;
  }

  /** What the first of `asked` that can gives. */
  async function firstOf<P extends Provider>(asked: readonly P[], make: (provider: P) => Promise<Sandbox>): Promise<Sandbox> {
    const failures: { name: string; error: unknown }[] = [];
    for (const provider of asked) {
      try {
        return remember(await make(provider), provider);
      } catch (error) {
        if (!fallbackOnError || isAbortError(error)) throw error;
        failures.push({ name: provider.name, error });
      }
    }
    throw allFailed(failures);
  }

  // Never in turns: a name is looked for where everybody looks for it.
  const namers = providers.filter(knowsNames);

  return {
    name: providers.map((provider) => provider.name).join('+'),
    getSupportedRuntimes: () => [...new Set(providers.flatMap((provider) => provider.getSupportedRuntimes()))],
    sandbox: {
      create: (options) => firstOf(candidates(), (provider) => provider.sandbox.create(options)),
      ...(namers.length > 0 && {
        getOrCreate: (options: NamedOptions) => firstOf(namers, (provider) => provider.sandbox.getOrCreate(options)),
      }),
      async getById(sandboxId, options) {
        for (const provider of searchOrder(sandboxId)) {
          const sandbox = await provider.sandbox.getById(sandboxId, options);
          if (sandbox) return remember(sandbox, provider);
        }
        return null;
      },
      async list(options) {
        const lists = await Promise.all(
          providers.map(async (provider) => {
            const sandboxes = await provider.sandbox.list(options);
            return sandboxes.map((sandbox) => remember(sandbox, provider));
          }),
        );
        return lists.flat().slice(0, options?.limit);
      },
      async destroy(sandboxId, options) {
        for (const provider of searchOrder(sandboxId)) {
          const sandbox = await provider.sandbox.getById(sandboxId, options);
          if (sandbox) {
            await provider.sandbox.destroy(sandboxId, options);
            break;
          }
        }
        owners.delete(sandboxId);
      },
    },
    async close() {
      await Promise.all(providers.map((provider) => provider.close?.()));
    },
  };
}

function knowsNames(provider: Provider): provider is Namer {
  return provider.sandbox.getOrCreate !== undefined;
}

function allFailed(failures: { name: string; error: unknown }[]): Error {
  if (failures.length === 0) return new UnsupportedError('No provider is configured');
  const lines = failures.map(({ name, error }) => `- ${name}: ${error instanceof Error ? error.message : String(error)}`);
  return new UnavailableError(
    [`Failed to create a sandbox with any of ${failures.length} providers.`, ...lines].join('\n'),
    { cause: new AggregateError(failures.map(({ error }) => error)) },
  );
}
