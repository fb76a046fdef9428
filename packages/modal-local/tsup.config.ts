import { defineConfig } from 'tsup';

export default defineConfig([
  {
    entry: { index: 'src/index.ts' },
    format: ['esm', 'cjs'],
    target: 'node20',
    dts: true,
    shims: true,
    sourcemap: true,
  },
  {
    // Programs of their own: the command line, and the engine's process in its private mount namespace.
    entry: { cli: 'src/cli/main.ts', engine: 'src/engine-process.ts' },
    format: ['esm'],
    target: 'node20',
    sourcemap: true,
  },
]);
