// An image in an OCI layout on disk, and the layers and configuration that it means.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../image-error.js';
import { configSchema, type Descriptor, indexSchema, manifestSchema, parseDocument, type OciConfig } from './manifest.js';

/** Documents are small; a larger one is an attack. */
const MAX_DOCUMENT = 8 * 1024 * 1024;

export interface LayoutImage {
  config: OciConfig;
  /** Lowest first; `diffId` is the digest of the archive inside the blob. */
  layers: readonly { blob: string; digest: string; diffId: string; size: number }[];
}

/** `blobs` holds `sha256/…`. Throws BAD_IMAGE. */
export async function readLayout(directory: string, blobs: string): Promise<LayoutImage> {
  const index = parseDocument(indexSchema, await document(join(directory, 'index.json')), 'index');
  const [only, ...others] = index.manifests;
  if (only === undefined || others.length > 0) throw new ImageError('BAD_IMAGE', `The layout holds ${index.manifests.length} images; exactly one is expected`);
  const manifest = parseDocument(manifestSchema, await document(blobPath(blobs, only)), 'manifest');
  const config = parseDocument(configSchema, await document(blobPath(blobs, manifest.config)), 'configuration');
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw new ImageError('BAD_IMAGE', `The image has ${manifest.layers.length} layers, and its configuration speaks of ${diffIds.length}`);
  }
  return {
    config,
    layers: manifest.layers.map((layer, index) => ({ blob: blobPath(blobs, layer), digest: layer.digest, diffId: diffIds[index] ?? '', size: layer.size })),
  };
}

export function blobPath(blobs: string, { digest }: Pick<Descriptor, 'digest'>): string {
  return join(blobs, 'sha256', digest.slice('sha256:'.length));
}

async function document(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_DOCUMENT) throw new ImageError('BAD_IMAGE', `A document of the image has ${size} bytes; the limit is ${MAX_DOCUMENT}`);
  return await readFile(path, 'utf8');
}
