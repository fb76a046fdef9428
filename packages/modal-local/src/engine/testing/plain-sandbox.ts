// A sandbox with nothing special about it, for tests of the domain.

import type { SandboxDefinition } from '../sandboxes/definition.js';

export const plainSandbox: SandboxDefinition = {
  generation: 'v2',
  appId: 'ap-1',
  imageId: 'im-1',
  command: [],
  env: {},
  resources: { cpuCores: 0, cpuCoresLimit: 0, memoryMiB: 0, memoryMiBLimit: 0, diskMiB: 0 },
  timeoutMs: 300_000,
  tags: {},
  network: { kind: 'open' },
  ports: [],
  inboundCidrs: [],
  volumes: [],
  buckets: [],
};
