// Calls take `(id, …)` or `(provider, id, …)`: this tells which it was.

import { InvalidArgumentError } from '../errors/invalid.js';
import { isProvider } from '../provider/is-provider.js';
import type { Provider } from '../provider/provider.js';
import type { CallOptions } from '../sandbox/call-options.js';

export interface Target {
  provider: Provider | undefined;
  sandboxId: string;
  options: CallOptions | undefined;
}

export function readTarget(first: Provider | string, second?: string | CallOptions, third?: CallOptions): Target {
  if (typeof first === 'string') {
    if (first === '') throw new InvalidArgumentError('sandboxId must not be empty', { field: 'sandboxId' });
    return { provider: undefined, sandboxId: first, options: typeof second === 'object' ? second : undefined };
  }
  if (!isProvider(first)) {
    throw new InvalidArgumentError('The first argument must be a sandbox id or a provider', { field: 'sandboxId' });
  }
  if (typeof second !== 'string' || second === '') {
    throw new InvalidArgumentError('sandboxId is required when provider is specified', { field: 'sandboxId' });
  }
  return { provider: first, sandboxId: second, options: third };
}
