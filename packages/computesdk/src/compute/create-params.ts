// Every way in which `sandbox.create` is called: nothing, flat options, nested options, with or without a provider.

import { InvalidArgumentError } from '../errors/invalid.js';
import { kindOf } from '../provider/arguments.js';
import { isProvider } from '../provider/is-provider.js';
import type { Provider } from '../provider/provider.js';
import type { CreateSandboxOptions } from '../sandbox/create-options.js';

export interface CreateCall {
  /** The provider that the call passes or names. */
  provider: Provider | string | undefined;
  /** The options, flat, as providers take them; `undefined` when the call gave none. */
  options: CreateSandboxOptions | undefined;
}

/** Reads the argument of `create`. A key given both flat and in `options` is an InvalidArgumentError. */
export function readCreateCall(params?: object | null): CreateCall {
  if (params === undefined || params === null) return { provider: undefined, options: undefined };
  if (typeof params !== 'object' || Array.isArray(params)) {
    throw new InvalidArgumentError(`create() takes an object of options, got ${kindOf(params)}`, { field: 'options' });
  }
  const { defaultProvider, provider, options, ...flat } = params as Record<string, unknown>;
  const nested = readNested(options);
  for (const key of Object.keys(nested)) {
    if (key in flat) {
      throw new InvalidArgumentError(`'${key}' is given twice, beside and inside 'options'`, { field: key });
    }
  }
  const merged = { ...flat, ...nested };
  return {
    provider: readProvider('defaultProvider', defaultProvider) ?? readProvider('provider', provider),
    options: Object.keys(merged).length > 0 ? merged : undefined,
  };
}

function readNested(options: unknown): Record<string, unknown> {
  if (options === undefined || options === null) return {};
  if (typeof options === 'object' && !Array.isArray(options)) return { ...options };
  throw new InvalidArgumentError('options must be an object', { field: 'options' });
}

function readProvider(field: string, value: unknown): Provider | string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || isProvider(value)) return value;
  throw new InvalidArgumentError(`${field} must be a provider object or the name of a configured provider`, {
    field,
    suggestion: 'Pass what a provider package returns, for example modal().',
  });
}
