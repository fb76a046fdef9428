// One action of the protocol: the fields it needs, and what it does with them.

import type { z } from 'zod';
import { SandboxNotFoundError } from '../../errors/existence.js';
import type { Provider } from '../../provider/provider.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { parse } from '../parse.js';
import type { ComputeResponse } from '../protocol.js';

/** Where live output goes. */
export interface LiveOutput {
  /** The sandbox is there and the program is about to run: nothing after this can change the HTTP status. */
  open(): void;
  stdout(data: string): void;
  stderr(data: string): void;
}

/** What an action works with. */
export interface ActionContext {
  provider: Provider;
  /** Fires when the client is gone. */
  signal: AbortSignal | undefined;
  /** Given when the client asked for live output. */
  live: LiveOutput | undefined;
  /** What the answer may hold, of each stream or of a file. */
  maxOutputBytes: number;
}

/** What a successful action adds to `{ success, provider }`. */
export type ActionOutcome = Omit<ComputeResponse, 'success' | 'provider'>;

/** Checks the body, then acts. Throws ComputeError. */
export type Action = (body: unknown, context: ActionContext) => Promise<ActionOutcome>;

export function defineAction<S extends z.ZodType>(
  schema: S,
  run: (request: z.output<S>, context: ActionContext) => Promise<ActionOutcome>,
): Action {
  return async (body, context) => run(parse(schema, body), context);
}

/** The sandbox of the request. Throws SandboxNotFoundError. */
export async function findSandbox(sandboxId: string, { provider, signal }: ActionContext): Promise<Sandbox> {
  const sandbox = await provider.sandbox.getById(sandboxId, { signal });
  if (sandbox) return sandbox;
  throw new SandboxNotFoundError(sandboxId);
}
