// Snapshots: the files of a sandbox, kept to start others from.

import type { CallOptions } from '../sandbox/call-options.js';

/** A kept state of a sandbox. */
export interface Snapshot {
  /** What `create({ snapshotId })` takes. */
  id: string;
  /** The provider's name. */
  provider: string;
  createdAt: Date;
  name?: string | undefined;
  /** The sandbox it was taken of. */
  sandboxId?: string | undefined;
  metadata?: Record<string, unknown>;
}

export interface CreateSnapshotOptions extends CallOptions {
  name?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
}

export interface ListSnapshotsOptions extends CallOptions {
  /** Only those taken of this sandbox. */
  sandboxId?: string | undefined;
  /** At most this many. */
  limit?: number | undefined;
}

/** Snapshots of one provider. */
export interface ProviderSnapshotManager<TSnapshot extends Snapshot = Snapshot> {
  create(sandboxId: string, options?: CreateSnapshotOptions): Promise<TSnapshot>;
  list(options?: ListSnapshotsOptions): Promise<TSnapshot[]>;
  /** One that is not there is not an error. */
  delete(snapshotId: string, options?: CallOptions): Promise<void>;
}
