import { expect, test, vi } from 'vitest';

import { consoleLogger } from './log.js';

test('a warning is printed once, however many others there are, and no warning is remembered for ever', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    const logger = consoleLogger();
    logger.warn('slow', 'sandbox', 'sb-0');
    logger.warn('slow', 'sandbox', 'sb-0');
    expect(warn.mock.calls).toEqual([['[modal] slow sandbox=sb-0']]);
    for (let count = 1; count <= 1000; count++) logger.warn('slow', 'sandbox', `sb-${count}`);
    logger.warn('slow', 'sandbox', 'sb-0');
    expect(warn).toHaveBeenCalledTimes(1002);
  } finally {
    warn.mockRestore();
  }
});
