// What Modal does not tell about a sandbox is kept in tags of its own, so that any process can read it back.

import { InvalidArgumentError, readRuntime, type Runtime } from 'computesdk';

const prefix = 'computesdk-';

/** Facts that the tags carry. */
export interface SandboxFacts {
  createdAt: Date;
  /** Milliseconds. */
  timeout: number;
  runtime: Runtime;
  name: string | undefined;
}

export interface ReadTags {
  /** `undefined` for a sandbox that something else made. */
  facts: SandboxFacts | undefined;
  tags: Record<string, string>;
  metadata: Record<string, unknown>;
}

/** The tags to create a sandbox with. Throws InvalidArgumentError for a taken name or a value that JSON cannot hold. */
export function writeTags(facts: SandboxFacts, tags: Record<string, string>, metadata: Record<string, unknown>): Record<string, string> {
  for (const name of [...Object.keys(tags), ...Object.keys(metadata)]) {
    if (!name.startsWith(prefix)) continue;
    throw new InvalidArgumentError(`Tags that start with '${prefix}' are taken`, { field: `tags.${name}` });
  }
  const written: Record<string, string> = { ...tags };
  const entries = Object.entries(metadata).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) written[name] = typeof value === 'string' ? value : toJson(name, value);
  written[`${prefix}created`] = String(facts.createdAt.getTime());
  written[`${prefix}timeout`] = String(facts.timeout);
  written[`${prefix}runtime`] = facts.runtime;
  if (facts.name !== undefined) written[`${prefix}name`] = facts.name;
  // Which tags are metadata, and which of them are JSON, one a piece.
  entries.forEach(([name, value], index) => {
    written[`${prefix}metadata-${index}`] = `${typeof value === 'string' ? 'text' : 'json'}:${name}`;
  });
  return written;
}

function toJson(name: string, value: unknown): string {
  const json: unknown = JSON.stringify(value);
  if (typeof json === 'string') return json;
  throw new InvalidArgumentError(`metadata.${name} cannot be kept: JSON has no form for it`, { field: `metadata.${name}` });
}

/** Reads what `writeTags` wrote. */
export function readTags(all: Record<string, string>): ReadTags {
  const tags: Record<string, string> = {};
  const metadata: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(all)) {
    if (!name.startsWith(prefix)) tags[name] = value;
    if (!name.startsWith(`${prefix}metadata-`)) continue;
    const key = value.slice('text:'.length);
    const kept = all[key];
    if (kept !== undefined) metadata[key] = value.startsWith('json:') ? JSON.parse(kept) : kept;
  }
  const created = all[`${prefix}created`];
  const facts = created === undefined ? undefined : {
    createdAt: new Date(Number(created)),
    timeout: Number(all[`${prefix}timeout`]),
    runtime: readRuntime(all[`${prefix}runtime`] ?? 'python'),
    name: all[`${prefix}name`],
  };
  return { facts, tags, metadata };
}

/** The tags of this module among `all`: they stay when a caller replaces the others. */
export function ownTags(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(prefix)));
}
