// What is left of sandboxes when the engine has forgotten them, or was another one: who they were and how they ended.

import type { FinishedSandboxRecord, FinishedSandboxRepository } from '../../store/finished-sandboxes.js';
import type { SandboxDefinition } from './definition.js';
import { LOST_WITH_ENGINE, toStatus, type SandboxResult } from './result.js';
import type { Sandbox } from './sandbox.js';

/** What can be asked of any sandbox, long gone or not. */
export interface SandboxFacts {
  readonly id: string;
  readonly taskId: string;
  readonly createdAt: number;
  readonly name: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly definition: Pick<SandboxDefinition, 'appId'>;
  /** Undefined until the container is gone. */
  readonly result: SandboxResult | undefined;
  /** The result, or undefined when there is none within the time. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<SandboxResult | undefined>;
  /** Does nothing to one that has ended. */
  terminate(): void;
}

export class PastSandboxes {
  constructor(private readonly repository: Pick<FinishedSandboxRepository, 'byId' | 'byName' | 'insert'>) {}

  /** Notes a sandbox that begins: should the engine be killed, this is how it ended. */
  begin(sandbox: Sandbox): void {
    this.#note(sandbox, LOST_WITH_ENGINE, sandbox.createdAt);
  }

  /** Notes how it ended. */
  end(sandbox: Sandbox, result: SandboxResult): void {
    this.#note(sandbox, result, sandbox.finishedAt ?? sandbox.createdAt);
  }

  byId(id: string): SandboxFacts | undefined {
    const record = this.repository.byId(id);
    return record && pastSandbox(record);
  }

  /** The one of that name that finished last. */
  byName(appId: string, name: string): SandboxFacts | undefined {
    const record = this.repository.byName(appId, name);
    return record && pastSandbox(record);
  }

  #note({ id, taskId, name, tags, createdAt, definition }: Sandbox, result: SandboxResult, finishedAt: number): void {
    this.repository.insert({ id, taskId, appId: definition.appId, name: name ?? null, tags, createdAt, finishedAt, ...result });
  }
}

function pastSandbox({ id, taskId, appId, name, tags, createdAt, status, exitCode, exception }: FinishedSandboxRecord): SandboxFacts {
  const result = { status: toStatus(status), exitCode, exception };
  return {
    id,
    taskId,
    createdAt,
    name: name ?? undefined,
    tags,
    definition: { appId },
    result,
    wait: async () => result,
    terminate: () => undefined,
  };
}
