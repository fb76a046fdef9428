// Images that are built: their layers and configuration, and the names they were published under. The layers' files
// belong to image storage.

import type { ImageConfig, RootImage } from '../images/driver.js';
import type { Database } from './database.js';

export interface ImageRecord extends RootImage {
  id: string;
  /** What it was built from, as a digest: an equal request finds it again. Null for a snapshot. */
  contentKey: string | null;
  /** Where it came from, for people: `FROM python:3.13-slim`, `snapshot of sb-…`, `import root.tar`. */
  source: string;
  createdAt: number;
  /** When a sandbox last started from it; pruning goes by it. */
  usedAt: number;
  expiresAt: number | null;
}

export interface ImageTag {
  environmentId: string;
  /** `name:tag`. */
  tag: string;
  imageId: string;
}

export interface ImageAlias {
  environmentId: string;
  /** A canonical reference: `docker.io/library/python:3.13-slim`. */
  name: string;
  imageId: string;
}

type Row = {
  id: string;
  content_key: string | null;
  layers: string;
  config: string;
  host: number;
  created_at: number;
  used_at: number;
  expires_at: number | null;
  source: string;
};
type AliasRow = { environment_id: string; name: string; image_id: string };
type TagRow = { environment_id: string; tag: string; image_id: string };

export class ImageRepository {
  constructor(readonly database: Database) {}

  /** Replaces the image of the same id; another with the same content key loses that key to this one. */
  insert(image: ImageRecord): void {
    const { id, contentKey, layers, config, host, createdAt, usedAt, expiresAt, source } = image;
    this.database.transaction(() => {
      if (contentKey !== null) this.database.run('UPDATE images SET content_key = NULL WHERE content_key = ? AND id <> ?', contentKey, id);
      const sql =
        'INSERT INTO images (id, content_key, layers, config, host, created_at, used_at, expires_at, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ' +
        'ON CONFLICT (id) DO UPDATE SET content_key = excluded.content_key, layers = excluded.layers, config = excluded.config, host = excluded.host, ' +
        'created_at = excluded.created_at, used_at = excluded.used_at, expires_at = excluded.expires_at, source = excluded.source';
      this.database.run(sql, id, contentKey, JSON.stringify(layers), JSON.stringify(config), host ? 1 : 0, createdAt, usedAt, expiresAt, source);
    });
  }

  byId(id: string): ImageRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM images WHERE id = ?', id);
    return row && record(row);
  }

  byContentKey(contentKey: string): ImageRecord | undefined {
    const row = this.database.get<Row>('SELECT * FROM images WHERE content_key = ?', contentKey);
    return row && record(row);
  }

  /** Newest first. */
  list(): ImageRecord[] {
    return this.database.all<Row>('SELECT * FROM images ORDER BY created_at DESC, id').map(record);
  }

  setUsed(id: string, usedAt: number): void {
    this.database.run('UPDATE images SET used_at = ? WHERE id = ?', usedAt, id);
  }

  /** Removes it and its tags. False when there was none. */
  delete(id: string): boolean {
    return this.database.run('DELETE FROM images WHERE id = ?', id) > 0;
  }

  /** Points the tag at this image, whatever it pointed at before. */
  setTag({ environmentId, tag, imageId }: ImageTag): void {
    const sql =
      'INSERT INTO image_tags (environment_id, tag, image_id) VALUES (?, ?, ?) ' +
      'ON CONFLICT (environment_id, tag) DO UPDATE SET image_id = excluded.image_id';
    this.database.run(sql, environmentId, tag, imageId);
  }

  byTag(environmentId: string, tag: string): ImageRecord | undefined {
    const sql = 'SELECT images.* FROM images JOIN image_tags ON image_id = id WHERE environment_id = ? AND tag = ?';
    const row = this.database.get<Row>(sql, environmentId, tag);
    return row && record(row);
  }

  deleteTag(environmentId: string, tag: string): boolean {
    return this.database.run('DELETE FROM image_tags WHERE environment_id = ? AND tag = ?', environmentId, tag) > 0;
  }

  /** Makes `FROM name` mean this image; `name` is canonical. */
  setAlias({ environmentId, name, imageId }: ImageAlias): void {
    const sql =
      'INSERT INTO image_aliases (environment_id, name, image_id) VALUES (?, ?, ?) ' +
      'ON CONFLICT (environment_id, name) DO UPDATE SET image_id = excluded.image_id';
    this.database.run(sql, environmentId, name, imageId);
  }

  byAlias(environmentId: string, name: string): ImageRecord | undefined {
    const sql = 'SELECT images.* FROM images JOIN image_aliases ON image_id = id WHERE environment_id = ? AND name = ?';
    const row = this.database.get<Row>(sql, environmentId, name);
    return row && record(row);
  }

  deleteAlias(environmentId: string, name: string): boolean {
    return this.database.run('DELETE FROM image_aliases WHERE environment_id = ? AND name = ?', environmentId, name) > 0;
  }

  /** Of every environment, by name. */
  aliases(): ImageAlias[] {
    const rows = this.database.all<AliasRow>('SELECT * FROM image_aliases ORDER BY name, environment_id');
    return rows.map((row) => ({ environmentId: row.environment_id, name: row.name, imageId: row.image_id }));
  }

  /** Of every environment, by name. */
  tags(): ImageTag[] {
    const rows = this.database.all<TagRow>('SELECT * FROM image_tags ORDER BY tag, environment_id');
    return rows.map((row) => ({ environmentId: row.environment_id, tag: row.tag, imageId: row.image_id }));
  }
}

function record(row: Row): ImageRecord {
  return {
    id: row.id,
    contentKey: row.content_key,
    layers: JSON.parse(row.layers) as string[],
    config: JSON.parse(row.config) as ImageConfig,
    host: row.host !== 0,
    createdAt: row.created_at,
    usedAt: row.used_at,
    expiresAt: row.expires_at,
    source: row.source,
  };
}
