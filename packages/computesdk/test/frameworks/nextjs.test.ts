import { expect, test } from 'vitest';
import { devServer } from './dev-server.js';
import { exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { snippetApp } from './snippets.js';

const program: [string, string] = ['next', 'dist/bin/next'];
const args = ['dev', '--port', '0', '--hostname', '127.0.0.1'];

// `next dev` compiles the page's own snippets; app and pages in one app, under two paths.
test('Next.js: app router and pages router', { timeout: 180_000 }, async () => {
  await using snippets = await snippetApp('nextjs', { 'pages/api/compute.ts': 'pages/api/compute-pages.ts' });
  await snippets.add('app/layout.tsx', 'export default ({ children }: { children: unknown }) => children;\n');
  await using server = await devServer({ program, args, directory: snippets.directory });
  await exerciseRoute(server.at('/api/compute'));
  await exerciseLiveOutput(server.at('/api/compute'));
  await exerciseRoute(server.at('/api/compute-pages'));
  expect((await server.at('/api/compute')({ method: 'GET' })).status).toBe(405);
});
