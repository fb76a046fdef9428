// What the compiler knows of calls, checked by `tsc`; nothing here runs for long.

import { expectTypeOf, test } from 'vitest';
import { type ProcessSandbox, processProvider } from '../../test/process-provider.js';
import type { CreateSandboxOptions, Provider, Sandbox, Snapshot, Template } from '../index.js';
import { compute } from './compute.js';
import { createCompute } from './create-compute.js';

interface AcmeOptions extends CreateSandboxOptions {
  image?: string | { acme: true };
  rockets?: number;
}
type Acme = Provider<ProcessSandbox, Template, Snapshot, AcmeOptions>;

const acme: Acme = processProvider();
const typed = createCompute({ defaultProvider: acme });

test('a provider with options of its own is a provider', () => {
  expectTypeOf<Acme>().toExtend<Provider>();
  expectTypeOf(compute.setConfig<Acme>).toBeCallableWith({ provider: acme });
});

test('create checks the options of the provider, flat and nested', () => {
  const calls = [
    () => typed.sandbox.create({ rockets: 2, image: { acme: true } }),
    () => typed.sandbox.create({ options: { rockets: 2 } }),
    // @ts-expect-error rockets are counted
    () => typed.sandbox.create({ rockets: 'two' }),
    // @ts-expect-error milliseconds are a number
    () => typed.sandbox.create({ timeout: '10s' }),
    // @ts-expect-error nested options are checked too
    () => typed.sandbox.create({ options: { timeout: '10s' } }),
    () => compute.sandbox.create({ defaultProvider: acme, rockets: 2 }),
    () => compute.sandbox.create({ provider: acme, options: { rockets: 2 } }),
    // @ts-expect-error the options of the provider that the call passes
    () => compute.sandbox.create({ provider: acme, options: { rockets: 'two' } }),
  ];
  expectTypeOf(calls).toBeArray();
});

test('what create returns is a Sandbox, with the types of its provider', () => {
  type Made = Awaited<ReturnType<typeof typed.sandbox.create>>;
  expectTypeOf<Made>().toExtend<Sandbox>();
  expectTypeOf<Made>().toExtend<AsyncDisposable>();
  expectTypeOf<ReturnType<Made['getInstance']>>().toEqualTypeOf<ProcessSandbox>();
  expectTypeOf<ReturnType<Made['getProvider']>>().toEqualTypeOf<Acme>();
  expectTypeOf<Awaited<ReturnType<typeof compute.sandbox.create>>>().toExtend<Sandbox>();
});

test('options that may be undefined are taken as they are', () => {
  const fromEnvironment: string | undefined = process.env['IMAGE'];
  expectTypeOf(() => compute.sandbox.create({ image: fromEnvironment, timeout: undefined })).toBeFunction();
});
