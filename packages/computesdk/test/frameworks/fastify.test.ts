import type { FastifyInstance } from 'fastify';
import { test } from 'vitest';
import { type Ask, exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { snippetApp } from './snippets.js';

async function withApp(file: string, use: (ask: Ask) => Promise<void>): Promise<void> {
  await using snippets = await snippetApp('fastify');
  const { app } = (await snippets.import(file)) as { app: FastifyInstance };
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  try {
    await use((init) => fetch(`${address}/api/compute`, init));
  } finally {
    await app.close();
  }
}

test('Fastify: a parsed body', () => withApp('app.ts', exerciseRoute));

test("Fastify: Node's own objects, with live output", () =>
  withApp('app-live.ts', async (ask) => {
    await exerciseRoute(ask);
    await exerciseLiveOutput(ask);
  }));
