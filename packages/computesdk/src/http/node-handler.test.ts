import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { processProvider } from '../../test/process-provider.js';
import { createNodeHandler, type NodeRequest } from './node-handler.js';

const provider = processProvider();
let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await provider[Symbol.asyncDispose]();
});

async function serve(before: (request: NodeRequest) => void = () => {}): Promise<string> {
  const handler = createNodeHandler({ provider });
  server = createServer((request, response) => {
    before(request);
    void handler(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/compute`;
}

const post = (body: object, init: RequestInit = {}): RequestInit => ({ method: 'POST', body: JSON.stringify(body), ...init });

test("serves Node's own request and response", async () => {
  const response = await fetch(await serve(), post({ action: 'compute.sandbox.runCommand', command: 'echo hi' }));
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(await response.json()).toMatchObject({ success: true, result: { stdout: 'hi\n' } });
  expect((await fetch(await serve())).status).toBe(405);
});

test('takes the body that a parser has left', async () => {
  const url = await serve((request) => {
    request.body = { action: 'compute.sandbox.list' };
  });
  expect(await (await fetch(url, post({}))).json()).toMatchObject({ success: true, sandboxes: [] });
});

test('streams live output, and a client that disconnects ends the program', async () => {
  const client = new AbortController();
  const init = { headers: { accept: 'text/event-stream' }, signal: client.signal };
  const response = await fetch(await serve(), post({ action: 'compute.sandbox.runCommand', command: 'echo ready; sleep 60' }, init));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain('ready');
  expect(provider.live.size).toBe(1);
  client.abort();
  await expect.poll(() => provider.live.size).toBe(0);
});
