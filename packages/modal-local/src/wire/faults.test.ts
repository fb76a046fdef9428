import { describe, expect, it } from 'vitest';

import { Faults, type Fault } from './faults.js';

function struck(fault: Fault, rpcs: string[], chance = () => 0): boolean[] {
  const faults = new Faults(chance);
  faults.inject(fault);
  return rpcs.map((rpc) => faults.strike(rpc) !== undefined);
}

describe('an injected fault', () => {
  it('strikes the calls that its pattern names', () => {
    expect(struck({ rpc: 'SandboxCreate*', delayMs: 1 }, ['SandboxCreate', 'SandboxCreateV2', 'TaskExecStart'])).toEqual([true, true, false]);
    expect(struck({ rpc: '*Wait*', delayMs: 1 }, ['SandboxWaitV2', 'TaskExecWait', 'SandboxList'])).toEqual([true, true, false]);
    expect(struck({ delayMs: 1 }, ['AuthTokenGet'])).toEqual([true]);
  });

  it('strikes as often as it was told to', () => {
    expect(struck({ code: 'UNAVAILABLE', times: 2 }, ['QueueLen', 'QueueLen', 'QueueLen'])).toEqual([true, true, false]);
  });

  it('strikes its share of the calls', () => {
    let draws = 0;
    expect(struck({ code: 'UNAVAILABLE', share: 0.5 }, ['QueueLen', 'QueueLen', 'QueueLen'], () => (draws++ % 2 ? 0.9 : 0.1))).toEqual([true, false, true]);
    expect(struck({ code: 'UNAVAILABLE', share: 0 }, ['QueueLen'])).toEqual([false]);
  });

  it('leaves its place to the next one, and is gone when cleared', () => {
    const faults = new Faults(() => 0);
    faults.inject({ code: 'UNAVAILABLE', times: 1 });
    faults.inject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 500 });
    expect([faults.strike('QueuePut')?.code, faults.strike('QueuePut')?.code]).toEqual(['UNAVAILABLE', 'RESOURCE_EXHAUSTED']);
    faults.clear();
    expect(faults.strike('QueuePut')).toBeUndefined();
  });

  it.each<[Fault, string]>([
    [{ rpc: 'SandboxCreat', delayMs: 1 }, "no call of Modal's API is named 'SandboxCreat'"],
    [{}, 'needs a delayMs, a code, or both'],
    [{ delayMs: -1 }, 'delayMs'],
    [{ code: 'UNAVAILABLE', times: 0 }, 'times'],
    [{ code: 'UNAVAILABLE', share: 2 }, 'share'],
    [{ delayMs: 1, retryAfterMs: 1 }, 'retryAfterMs: it describes a failure'],
  ])('is refused when it makes no sense: %o', (fault, message) => {
    expect(() => new Faults(() => 0).inject(fault)).toThrow(message);
  });
});
