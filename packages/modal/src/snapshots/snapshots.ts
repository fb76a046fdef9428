// Snapshots: the files of a running sandbox as an image, to start others from.

import {
  type CallOptions,
  type CreateSnapshotOptions,
  type ListSnapshotsOptions,
  type ProviderSnapshotManager,
  rejectUnknownOptions,
  type Snapshot,
  SandboxNotFoundError,
} from 'computesdk';

import type { Workspace } from '../client/workspace.js';
import { defaultAppName, type ModalConfig } from '../config/modal-config.js';
import { hasStatus, Status } from '../errors/grpc-error.js';
import { deleteImage, imageExists } from '../images/image-exists.js';
import { checkListOptions } from '../options/check-list-options.js';
import * as is from '../options/kinds.js';
import { wholeSeconds } from '../options/units.js';
import { type Note, RecordBook } from '../records/record-book.js';

/** A snapshot; its id is the id of a Modal image (`im-…`), which `create({ snapshotId })` and `create({ image })` take. */
export type ModalSnapshot = Snapshot;

/** Options of `snapshot.create`. An unknown one is an UnknownOptionError. */
export interface ModalSnapshotOptions extends CreateSnapshotOptions {
  /** How long Modal keeps it, in milliseconds rounded up to a whole second; `null` for ever. Default 30 days. */
  ttl?: number | null | undefined;
  /** Longest time that taking it may last, in milliseconds. Default 55 000. */
  timeout?: number | undefined;
}

/** Snapshots of Modal. The list holds those taken through this package, for 7 days after the last one of the app was taken. */
export interface ModalSnapshotManager extends ProviderSnapshotManager<ModalSnapshot> {
  /**
   * Keeps the files of the running sandbox, its volumes and memory not included; the sandbox goes on. Throws SandboxNotFoundError, and
   * FailedPreconditionError when Modal cannot take it.
   */
  create(sandboxId: string, options?: ModalSnapshotOptions): Promise<ModalSnapshot>;
  /** Newest first, without those that Modal has deleted meanwhile. */
  list(options?: ListSnapshotsOptions): Promise<ModalSnapshot[]>;
  /** Deletes the image; sandboxes that started from it go on. One that is not there is not an error. */
  delete(snapshotId: string, options?: CallOptions): Promise<void>;
}

export function snapshotManager(workspace: Workspace, { appName = defaultAppName, environment }: ModalConfig): ModalSnapshotManager {
  const book = new RecordBook(workspace, { appName, environment }, 'snapshots');
  return {
    async create(sandboxId, { name, metadata, ttl, timeout, signal, ...unknown } = {}) {
      rejectUnknownOptions(unknown, ['name', 'metadata', 'ttl', 'timeout', 'signal'], 'snapshot.create()');
      is.text('sandboxId', sandboxId);
      if (ttl !== undefined && ttl !== null) is.milliseconds('ttl', ttl);
      if (timeout !== undefined) is.milliseconds('timeout', timeout);
      return workspace.call(signal, async (client) => {
        const sandbox = await client.sandboxes.fromId(sandboxId);
        const times = {
          ...(ttl === undefined ? {} : { ttlMs: ttl === null ? null : wholeSeconds(ttl) }),
          ...(timeout === undefined ? {} : { timeoutMs: timeout }),
        };
        const image = await sandbox.snapshotFilesystem(times).catch((error: unknown) => {
          throw hasStatus(error, Status.NOT_FOUND) ? new SandboxNotFoundError(sandboxId, { cause: error }) : error;
        });
        const note: Note = { id: image.imageId, name, sandboxId, createdAt: Date.now(), metadata };
        await book.add(note);
        return toSnapshot(note);
      });
    },
    async list(options = {}) {
      checkListOptions(options, ['sandboxId', 'limit'], 'snapshot.list()');
      const { sandboxId, limit = Infinity, signal } = options;
      return workspace.call(signal, async (client) => {
        const notes = (await book.notes()).filter((note) => sandboxId === undefined || note.sandboxId === sandboxId);
        const exist = await Promise.all(notes.map(({ id }) => imageExists(client, id)));
        return notes.filter((_note, index) => exist[index]).slice(0, limit).map(toSnapshot);
      });
    },
    async delete(snapshotId, { signal } = {}) {
      is.text('snapshotId', snapshotId);
      await workspace.call(signal, async (client) => {
        await deleteImage(client, snapshotId);
        await book.strike(snapshotId);
        workspace.forget();
      });
    },
  };
}

function toSnapshot({ id, name, sandboxId, createdAt, metadata }: Note): ModalSnapshot {
  return { id, provider: 'modal', createdAt: new Date(createdAt), name, sandboxId, ...(metadata && { metadata }) };
}
