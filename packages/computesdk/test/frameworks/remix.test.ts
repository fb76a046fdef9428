import { createRequestHandler, type ServerBuild } from 'react-router';
import { test } from 'vitest';
import { exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { snippetApp } from './snippets.js';

test('React Router: a resource route of the server runtime', async () => {
  await using snippets = await snippetApp('remix');
  const module = await snippets.import('app/routes/api.compute.ts');
  const handle = createRequestHandler(buildOf(module), 'test');
  const ask = (init: RequestInit): Promise<Response> => handle(new Request('http://test/api/compute', init));
  await exerciseRoute(ask);
  await exerciseLiveOutput(ask);
});

/** What React Router's compiler would have made of an app with this one route. */
function buildOf(module: object): ServerBuild {
  const id = 'routes/api.compute';
  return {
    entry: { module: { default: () => new Response('no page', { status: 404 }) } },
    routes: { [id]: { id, path: 'api/compute', module } },
    assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '' },
    assetsBuildDirectory: '',
    basename: '/',
    future: {},
    isSpaMode: false,
    prerender: [],
    publicPath: '/',
    routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
    ssr: true,
  } as unknown as ServerBuild;
}
