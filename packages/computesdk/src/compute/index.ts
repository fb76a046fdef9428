// The entry point of programs: the `compute` singleton and separate ones.

export type {
  CallableCompute,
  ComputeAPI,
  ComputeSandboxes,
  ComputeSnapshots,
  ComputeTemplates,
  CreateSandboxParams,
  CreateSandboxParamsWithOptionalProvider,
  NamedProvider,
  TypedComputeAPI,
} from './api.js';
export { compute } from './compute.js';
export type { ComputeConfig, ProviderStrategy, ResolvedComputeConfig } from './config.js';
export { createCompute } from './create-compute.js';
