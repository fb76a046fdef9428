import { defineConfig } from 'vitest/config';

// Two kinds of tests: units beside their source, and `test/` folders that drive the built packages through the real
// SDK on real sandboxes (scripts/test.mjs builds first). `npx vitest run PATH` runs some of them.
export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // A busy machine takes its time; a condition that never comes is told from that well before the test's own end.
    expect: { poll: { timeout: 45_000 } },
    maxWorkers: 2,
    pool: 'forks',
  },
});
