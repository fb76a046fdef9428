// What is true about a sandbox: its state and tags from Modal, its origin from the tags that create left.

import { SandboxNotFoundError, type SandboxStatus } from 'computesdk';
import type { ModalClient, Sandbox } from 'modal';

import { hasStatus, Status } from '../errors/grpc-error.js';
import { readTags, type ReadTags, type SandboxFacts } from './tags.js';

/** `stopped` ended as asked (137), at its time limit (124) or by itself with 0. */
export async function readStatus(sandbox: Sandbox): Promise<SandboxStatus> {
  const exitCode = await sandbox.poll();
  if (exitCode === null) return 'running';
  return [0, 124, 137].includes(exitCode) ? 'stopped' : 'error';
}

/** Tags of a sandbox; `undefined` when it has ended and Modal has forgotten them. */
export async function tagsOf(sandbox: Sandbox): Promise<Record<string, string> | undefined> {
  try {
    return await sandbox.getTags();
  } catch (error) {
    if (hasStatus(error, Status.NOT_FOUND, Status.FAILED_PRECONDITION)) return undefined;
    throw error;
  }
}

/** Facts from the tags, else what this process knew, else Modal's list: something else may have made the sandbox. */
export async function readFacts(
  client: ModalClient,
  sandbox: Sandbox,
  known: SandboxFacts | undefined,
  appId: () => Promise<string>,
): Promise<ReadTags & { facts: SandboxFacts }> {
  const read = readTags((await tagsOf(sandbox)) ?? {});
  const facts = read.facts ?? known ?? (await listedFacts(client, sandbox.sandboxId, await appId()));
  return { ...read, facts };
}

// The SDK's own list gives handles without facts; this is the call under it.
async function listedFacts(client: ModalClient, sandboxId: string, appId: string): Promise<SandboxFacts> {
  let beforeTimestamp = 0;
  for (;;) {
    const { sandboxes } = await client.cpClient.sandboxListV2({ appId, beforeTimestamp, includeFinished: true });
    const found = sandboxes.find(({ id }) => id === sandboxId);
    if (found) {
      const { createdAt, timeoutSecs, name } = found;
      return { createdAt: new Date(createdAt * 1000), timeout: timeoutSecs * 1000, runtime: 'python', name: name || undefined };
    }
    const last = sandboxes.at(-1);
    if (!last) throw new SandboxNotFoundError(sandboxId);
    beforeTimestamp = last.createdAt;
  }
}
