// The logs of an app: what the entrypoints of its sandboxes have written, line by line, for as long as it is kept.

import type { Apps } from '../apps.js';
import { EngineError } from '../errors.js';
import type { OutputSpool } from '../processes/output-spool.js';
import type { Sandbox } from '../sandboxes/sandbox.js';
import type { Sandboxes } from '../sandboxes/sandboxes.js';
import { logLines } from './log-lines.js';
import { NewestEntries } from './newest-entries.js';

export type LogSource = 'stdout' | 'stderr' | 'system';

export interface LogQuery {
  appId: string;
  /** Of one sandbox or of one task; of all of the app when both are absent. */
  sandboxId?: string;
  taskId?: string;
  /** Every source when absent; the engine itself writes nothing, so `system` is empty. */
  source?: LogSource;
  /** Milliseconds since 1970: from `since` on, before `until`. */
  since: number;
  until: number;
  /** Only lines that contain it. */
  searchText?: string;
}

export interface LogEntry {
  sandboxId: string;
  taskId: string;
  source: LogSource;
  /** Milliseconds since 1970. */
  time: number;
  /** With its line feed, if it has one. */
  text: string;
}

export interface LogBucket {
  /** Milliseconds since 1970. */
  start: number;
  stdout: number;
  stderr: number;
}

/** Modal's; the SDK asks for no more at once. */
const MAX_ENTRIES = 20_000;

export class Logs {
  constructor(
    private readonly apps: Pick<Apps, 'get'>,
    private readonly sandboxes: Pick<Sandboxes, 'get' | 'ofApp' | 'ofTask'>,
  ) {}

  /** The newest `limit` entries of the range, oldest first. Throws NOT_FOUND for the app or the sandbox. */
  async fetch(query: LogQuery, limit: number, signal?: AbortSignal): Promise<LogEntry[]> {
    const newest = new NewestEntries(Math.min(limit, MAX_ENTRIES));
    for (const stream of this.#streams(query)) {
      for await (const entry of entries(stream, query, signal)) newest.add(entry);
    }
    return newest.oldestFirst();
  }

  /** How many entries each span of `bucketSeconds` holds; spans without any are left out. Throws NOT_FOUND, INVALID_ARGUMENT. */
  async count(query: LogQuery, bucketSeconds: number, signal?: AbortSignal): Promise<LogBucket[]> {
    if (bucketSeconds < 1) throw new EngineError('INVALID_ARGUMENT', `Invalid bucket_secs ${bucketSeconds}: it must be at least 1`);
    const width = bucketSeconds * 1_000;
    const buckets = new Map<number, LogBucket>();
    for (const stream of this.#streams(query)) {
      for await (const { time } of entries(stream, query, signal)) {
        const start = Math.floor(time / width) * width;
        const bucket = buckets.get(start) ?? { start, stdout: 0, stderr: 0 };
        bucket[stream.source] += 1;
        buckets.set(start, bucket);
      }
    }
    return [...buckets.values()].sort((a, b) => a.start - b.start);
  }

  #streams(query: LogQuery): Stream[] {
    this.apps.get(query.appId);
    const wanted = (['stdout', 'stderr'] as const).filter((source) => query.source === undefined || query.source === source);
    return this.#sandboxesOf(query).flatMap((sandbox) => {
      const { entrypoint } = sandbox;
      return entrypoint ? wanted.map((source) => ({ sandbox, source, spool: entrypoint[source] })) : [];
    });
  }

  #sandboxesOf({ appId, sandboxId, taskId }: LogQuery): Sandbox[] {
    if (taskId !== undefined) return [ofApp(this.sandboxes.ofTask(taskId), appId)];
    if (sandboxId !== undefined) return [ofApp(this.sandboxes.get(sandboxId), appId)];
    return this.sandboxes.ofApp(appId);
  }
}

interface Stream {
  sandbox: Sandbox;
  source: 'stdout' | 'stderr';
  spool: OutputSpool;
}

async function* entries({ sandbox, source, spool }: Stream, query: LogQuery, signal: AbortSignal | undefined): AsyncGenerator<LogEntry> {
  const { since, until, searchText = '' } = query;
  for await (const { time, text } of logLines(spool, since, until, signal)) {
    if (text.includes(searchText)) yield { sandboxId: sandbox.id, taskId: sandbox.taskId, source, time, text };
  }
}

function ofApp(sandbox: Sandbox, appId: string): Sandbox {
  if (sandbox.definition.appId === appId) return sandbox;
  throw new EngineError('NOT_FOUND', `Sandbox ${sandbox.id} does not belong to App ${appId}`);
}
