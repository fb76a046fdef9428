// The provider type-checks wherever a provider is asked for, of this repository and of npm. `tsc` is the test.

import type { createCompute as publishedCreateCompute, Provider as PublishedProvider, ProviderSandbox } from '@computesdk/provider';
import { modal, type ModalConfig, type ModalProvider, type ModalSandbox } from '@computesdk/modal';
import type { createCompute, InstanceOf, Provider, Sandbox } from 'computesdk';
import type * as published from 'computesdk-published';
import type { Sandbox as SdkSandbox } from 'modal';
import { expectTypeOf, test } from 'vitest';

test('the provider is one of every generation', () => {
  expectTypeOf<ModalProvider>().toExtend<Provider>();
  expectTypeOf<ModalProvider>().toExtend<NonNullable<published.ExplicitComputeConfig['provider']>>();
  expectTypeOf<ModalProvider>().toExtend<PublishedProvider>();
  expectTypeOf<typeof published.compute.setConfig>().toBeCallableWith({} as { provider: ModalProvider });
  expectTypeOf<typeof publishedCreateCompute>().toBeCallableWith({} as { defaultProvider: ModalProvider });
});

test('a sandbox is one of every generation', () => {
  expectTypeOf<ModalSandbox>().toExtend<Sandbox<SdkSandbox>>();
  expectTypeOf<ModalSandbox>().toExtend<published.SandboxInterface>();
  expectTypeOf<ModalSandbox>().toExtend<ProviderSandbox>();
  expectTypeOf<ReturnType<ModalSandbox['destroy']>>().toEqualTypeOf<Promise<void>>();
});

test('getInstance has the type of the official SDK', () => {
  expectTypeOf<InstanceOf<ModalProvider>>().toEqualTypeOf<SdkSandbox>();
  type OfModal = ReturnType<typeof createCompute<ModalProvider>>['sandbox']['create'];
  expectTypeOf<ReturnType<Awaited<ReturnType<OfModal>>['getInstance']>>().toEqualTypeOf<SdkSandbox>();
});

test('options are typed', () => {
  expectTypeOf<ModalConfig>().toHaveProperty('gpu');
  expectTypeOf(modal).toBeCallableWith();
  expectTypeOf(modal).toBeCallableWith({ tokenId: undefined, tokenSecret: undefined });
  expectTypeOf(modal({}).sandbox.create).toBeCallableWith({ image: 'python:3.13-slim', pip: ['numpy'], gpu: 'T4', memory: 512 });
  // @ts-expect-error -- memory is a number of MiB
  void (() => modal({ memory: '512' }));
});
