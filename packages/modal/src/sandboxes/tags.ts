// What Modal does not tell about a sandbox is kept in two tags, so that any process can read it back. Metadata is kept as tags of
// its own, so that sandboxes can be found by it.

import { InvalidArgumentError, readRuntime, type Runtime } from 'computesdk';

const prefix = 'computesdk-';
/** `1795466520123.300000.python.my-name`: created and time limit in milliseconds, runtime, name if any. */
const factsTag = `${prefix}facts`;
/** Names of the tags that are metadata, percent-encoded and separated by commas; one with a plus holds JSON. */
const metadataTag = `${prefix}metadata`;

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
  for (const [name, value] of Object.entries(metadata)) {
    if (!Object.hasOwn(tags, name) || value === undefined || value === tags[name]) continue;
    throw new InvalidArgumentError(`'${name}' is both a tag and metadata, with two values: metadata is kept as tags`, { field: `metadata.${name}` });
  }
  refuseTaken({ ...tags, ...metadata });
  const written: Record<string, string> = { ...tags, [factsTag]: writeFacts(facts) };
  const entries = Object.entries(metadata).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) written[name] = typeof value === 'string' ? value : toJson(name, value);
  if (entries.length > 0) {
    written[metadataTag] = entries.map(([name, value]) => `${typeof value === 'string' ? '' : '+'}${encodeURIComponent(name)}`).join(',');
  }
  return written;
}

/** Throws InvalidArgumentError for a name that is kept for this module. */
export function refuseTaken(named: object): void {
  const taken = Object.keys(named).find((name) => name.startsWith(prefix));
  if (taken !== undefined) throw new InvalidArgumentError(`Tags that start with '${prefix}' are taken`, { field: `tags.${taken}` });
}

function writeFacts({ createdAt, timeout, runtime, name }: SandboxFacts): string {
  return [createdAt.getTime(), timeout, runtime, ...(name === undefined ? [] : [name])].join('.');
}

function toJson(name: string, value: unknown): string {
  const field = `metadata.${name}`;
  let json: unknown;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    // A cycle, or a BigInt.
    throw new InvalidArgumentError(`${field} cannot be kept: JSON has no form for it`, { field, cause });
  }
  if (typeof json === 'string') return json;
  throw new InvalidArgumentError(`${field} cannot be kept: JSON has no form for it`, { field });
}

/** Reads what `writeTags` wrote. */
export function readTags(all: Record<string, string>): ReadTags {
  const tags = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith(prefix)));
  const metadata: Record<string, unknown> = {};
  for (const entry of all[metadataTag]?.split(',') ?? []) {
    const isJson = entry.startsWith('+');
    const name = decodeURIComponent(isJson ? entry.slice(1) : entry);
    const kept = all[name];
    if (kept !== undefined) metadata[name] = isJson ? JSON.parse(kept) : kept;
  }
  return { facts: readFacts(all[factsTag]), tags, metadata };
}

function readFacts(written: string | undefined): SandboxFacts | undefined {
  if (written === undefined) return undefined;
  const [created, timeout, runtime = 'python', ...name] = written.split('.');
  return {
    createdAt: new Date(Number(created)),
    timeout: Number(timeout),
    runtime: readRuntime(runtime),
    name: name.length === 0 ? undefined : name.join('.'),
  };
}

/** The tags of this module among `all`: they stay when a caller replaces the others. */
export function ownTags(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(prefix)));
}
