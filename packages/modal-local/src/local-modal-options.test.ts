import { describe, expect, it } from 'vitest';
import { checkOptions } from './local-modal-options.js';

describe('the options of a local engine', () => {
  it.each([
    [{ diskGib: 1 }, "no option 'diskGib'; did you mean 'diskGiB'?"],
    [{ toString: 1 }, "no option 'toString'"],
    [{ port: '8000' }, "'port' of a local engine takes a whole number from 0 to 65535, got '8000'"],
    [{ port: 65_536 }, 'takes a whole number from 0 to 65535, got 65536'],
    [{ diskGiB: -1 }, 'takes a number, 0 or at least 0.016, got -1'],
    [{ diskGiB: Number.NaN }, 'takes a number, 0 or at least 0.016, got NaN'],
    [{ credentials: { tokenId: 'ak-1', tokenSecret: '' } }, 'takes { tokenId, tokenSecret }, neither of them empty'],
    [{ loose: 'no' }, "takes true or false, got 'no'"],
    [{ now: new Date('no date') }, 'takes a valid Date'],
    [{ signal: new AbortController() }, 'takes an AbortSignal, got another object'],
    [{ seed: {} }, 'takes a text or a number, got another object'],
    [{ faults: {} }, 'takes a list of faults'],
    [null, 'are an object, got null'],
  ])('%j is an error: %s', (options, message) => {
    expect(() => checkOptions(options)).toThrow(TypeError);
    expect(() => checkOptions(options)).toThrow(message);
  });

  it('may all be there, or undefined', () => {
    const all = { port: 0, stateDir: '/x', credentials: { tokenId: 'a', tokenSecret: 'b' }, loose: true, diskGiB: 0, hostFallback: false, advertisedUrl: 'http://a:1', signal: new AbortController().signal, seed: 1, now: new Date(0), faults: [] };
    checkOptions(all);
    checkOptions({ port: undefined, stateDir: undefined });
  });
});
