import { expect, test } from 'vitest';
import { exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { snippetApp } from './snippets.js';

// Astro is not installed (158 MB); an endpoint is a function of a context whose `request` is a web Request.
test('Astro: an endpoint', async () => {
  await using snippets = await snippetApp('astro');
  const { POST, prerender } = (await snippets.import('src/pages/api/compute.ts')) as {
    POST: (context: { request: Request }) => Promise<Response>;
    prerender: boolean;
  };
  expect(prerender).toBe(false);
  const ask = (init: RequestInit): Promise<Response> => POST({ request: new Request('http://test/api/compute', init) });
  await exerciseRoute(ask);
  await exerciseLiveOutput(ask);
});
