// From the type of a provider to the types of what it makes.

import type { CreateSandboxOptions } from '../sandbox/create-options.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { Provider } from './provider.js';

/** The type of the native sandbox object of provider `P`. */
export type InstanceOf<P extends Provider> = P extends { readonly __sandboxType?: infer T } ? NonNullable<T> : unknown;

/** The options that `create` of provider `P` takes. */
export type CreateOptionsOf<P extends Provider> = NonNullable<Parameters<P['sandbox']['create']>[0]> & CreateSandboxOptions;

/** A sandbox of provider `P`: `getInstance()` and `getProvider()` have their types. */
export type TypedSandbox<P extends Provider> = Omit<Sandbox<InstanceOf<P>>, 'getProvider'> & { getProvider(): P };
