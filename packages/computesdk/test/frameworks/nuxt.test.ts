import { createApp, createRouter, type EventHandler, toNodeListener } from 'h3';
import { test } from 'vitest';
import { exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { listen } from './listen.js';
import { snippetApp } from './snippets.js';

// Nuxt's server routes are event handlers of h3 under a router of h3.
function nodeListener(module: Record<string, unknown>) {
  return toNodeListener(createApp().use(createRouter().post('/api/compute', module['default'] as EventHandler)));
}

test('Nuxt: a server route with the web request', async () => {
  await using snippets = await snippetApp('nuxt');
  await using server = await listen(nodeListener(await snippets.import('server/api/compute.post.ts')));
  await exerciseRoute(server.ask);
  await exerciseLiveOutput(server.ask);
});

test('Nuxt: a server route that reads the body', async () => {
  await using snippets = await snippetApp('nuxt');
  await using server = await listen(nodeListener(await snippets.import('server/api/compute-body.post.ts')));
  await exerciseRoute(server.ask);
});
