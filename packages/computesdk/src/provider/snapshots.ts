// Snapshots: the files of a sandbox, kept to start others from.

import type { CallOptions } from '../sandbox/call-options.js';

/** A kept state of a sandbox. */
export interface Snapshot {
  /** What `create({ snapshotId })` takes. */
  id: string;
  /** The provider's name. */
  provider: string;
  createdAt: Date;
  /** As given to `create`; it need not be unique. */
  name?: string | undefined;
  /** The sandbox it was taken of. */
  sandboxId?: string | undefined;
  /** As given to `create`. */
  metadata?: Record<string, unknown>;
}

/** Options of `snapshot.create`; providers add their own. */
export interface CreateSnapshotOptions extends CallOptions {
  /** To know it again. Default: none. */
  name?: string | undefined;
  /** Facts to keep with it, as JSON can hold them. */
  metadata?: Record<string, unknown> | undefined;
}

/** Options of `snapshot.list`. */
export interface ListSnapshotsOptions extends CallOptions {
  /** Only those taken of this sandbox. */
  sandboxId?: string | undefined;
  /** At most this many. Default: all. */
  limit?: number | undefined;
}

/** Snapshots of one provider. */
export interface ProviderSnapshotManager<TSnapshot extends Snapshot = Snapshot> {
  /** Keeps the files of a running sandbox, which goes on. Throws SandboxNotFoundError. */
  create(sandboxId: string, options?: CreateSnapshotOptions): Promise<TSnapshot>;
  /** What there is; an empty list when there is none. */
  list(options?: ListSnapshotsOptions): Promise<TSnapshot[]>;
  /** Deletes one by its id. One that is not there is not an error. */
  delete(snapshotId: string, options?: CallOptions): Promise<void>;
}
