// What kind of image a file or directory holds, told by what is in it.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone } from '../../runtime/host/process-identity.js';
import { ImageError } from '../image-error.js';
import { ByteReader } from '../layers/byte-reader.js';
import { decompressed } from '../layers/decompress.js';
import { LayerError } from '../layers/layer-error.js';
import { padded } from '../layers/tar-header.js';
import { tarEntries } from '../layers/tar-entries.js';

export type ImportFormat = 'oci' | 'oci-archive' | 'docker-archive' | 'root';

/** Throws BAD_IMAGE, NOT_FOUND. */
export async function detectFormat(path: string, scratch: string): Promise<ImportFormat> {
  const found = await stat(path).catch((error: unknown) => {
    if (isGone(error)) throw new ImageError('NOT_FOUND', `There is no file '${path}'`);
    throw error;
  });
  if (found.isDirectory()) {
    const isLayout = await stat(join(path, 'oci-layout')).then(() => true, () => false);
    if (isLayout) return 'oci';
    throw new ImageError('BAD_IMAGE', `'${path}' is a directory without an OCI layout; import a tar of the root instead (tar -C '${path}' -cf root.tar .)`);
  }
  try {
    return await detectArchive(path, scratch);
  } catch (error) {
    if (error instanceof LayerError) throw new ImageError('BAD_IMAGE', `'${path}' is no image: neither \`docker save\`, nor OCI, nor a tar of a root (${error.message})`, { cause: error });
    throw error;
  }
}

async function detectArchive(path: string, scratch: string): Promise<ImportFormat> {
  const names = new Set<string>();
  const reader = new ByteReader(decompressed(createReadStream(path, { highWaterMark: 1024 * 1024 }), { scratch }));
  try {
    for await (const entry of tarEntries(reader)) {
      const name = entry.name.replace(/^\.\//, '').replace(/\/$/, '');
      // A root begins with its directories; the formats of images have few names at the top.
      if (/^(?:bin|usr|etc|var|lib|root|home|dev|proc|sys)(?:\/|$)/.test(name)) return 'root';
      names.add(name);
      await reader.skip(padded(entry.size));
    }
  } finally {
    await reader.close();
  }
  if (names.has('oci-layout') && names.has('index.json')) return names.has('manifest.json') ? 'docker-archive' : 'oci-archive';
  return names.has('manifest.json') ? 'docker-archive' : 'root';
}
