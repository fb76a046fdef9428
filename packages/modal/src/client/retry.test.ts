import { InvalidArgumentError, UnavailableError } from 'computesdk';
import { expect, test, vi } from 'vitest';

import { retried } from './retry.js';

test('what is unavailable is tried three times, with a growing delay', async () => {
  const call = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new UnavailableError('away')).mockResolvedValue(1);
  expect(await retried(call)).toBe(1);
  expect(call).toHaveBeenCalledTimes(2);
});

test('what will not change is not tried again', async () => {
  const call = vi.fn<() => Promise<number>>().mockRejectedValue(new InvalidArgumentError('bad'));
  await expect(retried(call)).rejects.toThrow('bad');
  expect(call).toHaveBeenCalledTimes(1);
});

test('an abort ends the wait between tries', async () => {
  const controller = new AbortController();
  const waiting = retried(() => Promise.reject(new UnavailableError('away')), controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
