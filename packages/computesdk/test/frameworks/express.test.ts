import type { Express, RequestHandler } from 'express';
import { expectTypeOf, test } from 'vitest';
import type { createNodeHandler } from '../../src/index.js';
import { exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { listen } from './listen.js';
import { snippetApp } from './snippets.js';

test('Express: the handler in the place of a middleware', async () => {
  await using snippets = await snippetApp('express');
  const { app } = (await snippets.import('app.ts')) as { app: Express };
  await using server = await listen(app);
  await exerciseRoute(server.ask);
  await exerciseLiveOutput(server.ask);
});

test('Express: a parsed body', async () => {
  await using snippets = await snippetApp('express');
  const { app } = (await snippets.import('app-with-parser.ts')) as { app: Express };
  await using server = await listen(app);
  await exerciseRoute(server.ask);
});

test('the handler has the type of an Express handler', () => {
  expectTypeOf<ReturnType<typeof createNodeHandler>>().toExtend<RequestHandler>();
});
