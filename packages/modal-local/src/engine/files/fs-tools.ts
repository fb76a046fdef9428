// Whole files of a sandbox, read and written by the agent's file tools inside it: no path is ever resolved outside.

import { z } from 'zod';

import { mintExecId } from '../execs/exec-id.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { exitCodeOf } from '../sandboxes/result.js';
import type { Sandbox } from '../sandboxes/sandbox.js';
import type { World } from '../world.js';

const FS_TOOLS = '/__modal/.bin/modal-sandbox-fs-tools';

const failureSchema = z.object({ error_kind: z.string(), message: z.string() });

/** What the file tools refused, with their kind of error. */
export class FileToolError extends Error {
  override readonly name = 'FileToolError';
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

export class FileTools {
  readonly #sandbox: Sandbox;
  readonly #world: World;

  constructor(sandbox: Sandbox, world: World) {
    this.#sandbox = sandbox;
    this.#world = world;
  }

  /** Throws FileToolError; `FileTooLarge` beyond `limit` bytes. */
  async read(path: string, limit: number): Promise<Buffer> {
    const process = await this.#start({ ReadFile: { path } });
    await this.#succeed(process);
    if (process.stdout.length > limit) throw new FileToolError('FileTooLarge', `file is ${process.stdout.length} bytes, which exceeds the ${limit} byte limit`);
    return await contentOf(process.stdout.read(0));
  }

  /** Creates the file, and the directories above it. Throws FileToolError. */
  async write(path: string, content: Uint8Array): Promise<void> {
    const process = await this.#start({ WriteFile: { path } });
    // A tool that refuses stops reading; why it did is in its answer.
    await process.stdin.write(0, content, true).catch(() => undefined);
    await this.#succeed(process);
  }

  #start(request: object): Promise<ManagedProcess> {
    const id = mintExecId(this.#world, this.#sandbox.taskId);
    return this.#sandbox.startExec({ id, argv: [FS_TOOLS, JSON.stringify(request)], env: {}, stdout: 'pipe', stderr: 'pipe' });
  }

  async #succeed(process: ManagedProcess): Promise<void> {
    const exit = await process.exited;
    if (exitCodeOf(exit) === 0) return;
    const said = (await contentOf(process.stderr.read(0))).toString();
    const failure = failureSchema.safeParse(parseJson(said)).data;
    throw new FileToolError(failure?.error_kind ?? 'Other', failure?.message ?? `the file tools failed with exit code ${exitCodeOf(exit)}`);
  }
}

async function contentOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
