import { describe, expect, it } from 'vitest';

import { resourceLimits, type ResourceRequest } from './limits.js';

const GIBIBYTE = 1024 ** 3;
const host = { cpuCores: 4, memoryBytes: 8 * GIBIBYTE };
const nothing: ResourceRequest = { cpuCores: 0, cpuCoresLimit: 0, memoryMiB: 0, memoryMiBLimit: 0, diskMiB: 0 };

describe('resourceLimits', () => {
  it('gives every core and half of the memory to a sandbox without limits', () => {
    expect(resourceLimits(nothing, host)).toEqual({ cpuCores: 4, memoryBytes: 4 * GIBIBYTE, pids: 4096 });
  });

  it('gives what a larger request asks for', () => {
    expect(resourceLimits({ ...nothing, memoryMiB: 6144 }, host).memoryBytes).toBe(6 * GIBIBYTE);
  });

  it('takes limits as they are', () => {
    expect(resourceLimits({ ...nothing, cpuCores: 0.5, cpuCoresLimit: 1.5, memoryMiBLimit: 256 }, host)).toMatchObject({
      cpuCores: 1.5,
      memoryBytes: 256 * 1024 * 1024,
    });
  });

  it.each([
    [{ cpuCores: 5 }, 'cpu: 5 cores were asked for, and this machine has 4'],
    [{ memoryMiB: 9000 }, 'memory: 9000 MiB were asked for, and this machine has 8192 MiB'],
    [{ cpuCores: 2, cpuCoresLimit: 1 }, 'below the request'],
    [{ memoryMiB: 512, memoryMiBLimit: 256 }, 'below the request'],
    [{ memoryMiB: 8, memoryMiBLimit: 8 }, 'below the smallest'],
  ])('refuses %o', (request, message) => {
    expect(() => resourceLimits({ ...nothing, ...request }, host)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }));
  });
});
