// Any Provider of this package type-checks against the packages that npm serves. `tsc` is the test; running it shows the shapes meet.

import type * as published from 'computesdk-published';
import type { Provider as PublishedProvider, ProviderSandbox } from '@computesdk/provider';
import type { createCompute as publishedCreateCompute } from '@computesdk/provider';
import { expectTypeOf, test } from 'vitest';
import type { Provider, Sandbox } from '../../src/index.js';

test('a provider is a provider of computesdk@4.1.4 and of @computesdk/provider@2.1.5', () => {
  expectTypeOf<Provider<{ native: true }>>().toExtend<NonNullable<published.ExplicitComputeConfig['provider']>>();
  expectTypeOf<Provider<{ native: true }>>().toExtend<PublishedProvider>();
  expectTypeOf<Sandbox>().toExtend<published.SandboxInterface>();
  expectTypeOf<Sandbox<{ native: true }>>().toExtend<ProviderSandbox>();
  expectTypeOf<typeof published.compute.setConfig>().toBeCallableWith({} as { provider: Provider });
  expectTypeOf<typeof publishedCreateCompute>().toBeCallableWith({} as { defaultProvider: Provider });
});
