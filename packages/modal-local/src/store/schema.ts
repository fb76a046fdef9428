// The tables of a state directory, as the steps that build them. A step that has been released is never edited:
// a change is a new step at the end. `PRAGMA user_version` counts the steps a file has been through.

/** Times are milliseconds since 1970; `expires_at` is null for what does not expire. */
export const SCHEMA_STEPS: readonly string[] = [
  `
  CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE apps (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (environment_id, name)
  ) STRICT;

  CREATE TABLE secrets (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name TEXT,
    sealed_env BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    UNIQUE (environment_id, name)
  ) STRICT;

  CREATE TABLE volumes (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    UNIQUE (environment_id, name)
  ) STRICT;

  CREATE TABLE proxies (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (environment_id, name)
  ) STRICT;

  CREATE TABLE queues (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    UNIQUE (environment_id, name)
  ) STRICT;

  CREATE TABLE queue_partitions (
    queue_id TEXT NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
    key BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (queue_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX queue_partitions_by_expiry ON queue_partitions (queue_id, expires_at);

  CREATE TABLE queue_items (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_id TEXT NOT NULL,
    partition_key BLOB NOT NULL,
    value BLOB NOT NULL,
    FOREIGN KEY (queue_id, partition_key) REFERENCES queue_partitions (queue_id, key) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX queue_items_by_partition ON queue_items (queue_id, partition_key, entry);

  CREATE TABLE images (
    id TEXT PRIMARY KEY,
    content_key TEXT UNIQUE,
    layers TEXT NOT NULL,
    config TEXT NOT NULL,
    host INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT;

  CREATE TABLE image_tags (
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (environment_id, tag)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE finished_sandboxes (
    id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    name TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX finished_sandboxes_by_name ON finished_sandboxes (app_id, name, finished_at);
  `,
  `
  ALTER TABLE images ADD COLUMN source TEXT NOT NULL DEFAULT '';

  CREATE TABLE image_aliases (
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    PRIMARY KEY (environment_id, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE build_steps (
    key TEXT PRIMARY KEY,
    layers TEXT NOT NULL,
    config TEXT NOT NULL,
    host INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
