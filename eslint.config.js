import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

const engine = './packages/modal-local/src';

/**
 * Arrows go down only: cli → wire → engine → drivers. A driver implements what the engine asks of it in the engine's
 * terms for failure, `engine/errors`, and knows nothing else of it.
 */
const drivers = ['runtime', 'images', 'network', 'store', 'buckets'].map((driver) => `${engine}/${driver}`);
const layers = [
  { target: `${engine}/wire`, from: `${engine}/cli` },
  { target: [`${engine}/engine`, ...drivers], from: [`${engine}/cli`, `${engine}/wire`] },
  { target: drivers, from: `${engine}/engine`, except: ['./errors.ts'] },
];

export default tseslint.config(
  { ignores: ['examples/seed/**', '**/dist/**', '**/target/**', '**/node_modules/**', '**/wire/gen/**', '**/.next/**'] },
  ...tseslint.configs.recommended,
  {
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'packages/*/tsconfig.json' })] },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'import-x/no-restricted-paths': ['error', { zones: layers }],
    },
  },
  {
    // The domain knows neither protobuf nor child processes.
    files: ['packages/modal-local/src/engine/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['child_process', 'node:child_process', '@bufbuild/protobuf', 'nice-grpc', '@grpc/grpc-js'] },
      ],
    },
  },
  {
    // What tests share lies in folders of that name, and is no part of what ships.
    files: ['packages/modal-local/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: ['**/testing/*'] }] },
  },
  {
    files: ['packages/computesdk/src/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['modal', 'modal/*', '@computesdk/*'] }] },
  },
);
