// What every framework's route must do, asked over HTTP or of the handler itself.

import { expect } from 'vitest';

export type Ask = (init: RequestInit) => Promise<Response>;

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** The life of a sandbox, and the statuses of three mistakes. */
export async function exerciseRoute(ask: Ask): Promise<void> {
  const created = await ask(post({ action: 'compute.sandbox.create' }));
  expect(created.status).toBe(200);
  const { sandboxId } = (await created.json()) as { sandboxId: string };
  const command = { action: 'compute.sandbox.runCommand', sandboxId, command: 'echo', args: ['$HOME é'] };
  expect(await (await ask(post(command))).json()).toMatchObject({ success: true, provider: 'modal', result: { stdout: '$HOME é\n' } });
  const destroyed = await ask(post({ action: 'compute.sandbox.destroy', sandboxId }));
  expect(await destroyed.json()).toEqual({ success: true, sandboxId, provider: 'modal' });

  const gone = await ask(post({ action: 'compute.sandbox.getInfo', sandboxId }));
  expect({ status: gone.status, body: await gone.json() }).toMatchObject({ status: 404, body: { code: 'sandbox_not_found' } });
  const incomplete = await ask(post({ action: 'compute.sandbox.runCode' }));
  expect({ status: incomplete.status, body: await incomplete.json() }).toMatchObject({ status: 400, body: { error: 'code is required' } });
  expect((await ask(post({ action: 'compute.sandbox.fly' }))).status).toBe(400);
}

/** Output arrives while the program runs. */
export async function exerciseLiveOutput(ask: Ask): Promise<void> {
  const body = { action: 'compute.sandbox.runCommand', command: 'echo ready; sleep 0.3; echo done' };
  const response = await ask(post(body, { accept: 'text/event-stream' }));
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await reader?.read())?.value ?? '';
  expect(first).toContain('ready');
  expect(first).not.toContain('done');
  let rest = '';
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) rest += piece.value;
  expect(rest).toContain('event: result');
}
