import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { test } from 'vitest';
import { exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { listen } from './listen.js';
import { snippetApp } from './snippets.js';

test('Hono, by itself and on Node', async () => {
  await using snippets = await snippetApp('hono');
  const { app } = (await snippets.import('app.ts')) as { app: Hono };
  await exerciseRoute(async (init) => app.request('/api/compute', init));
  await using server = await listen(getRequestListener(app.fetch));
  await exerciseRoute(server.ask);
  await exerciseLiveOutput(server.ask);
});
