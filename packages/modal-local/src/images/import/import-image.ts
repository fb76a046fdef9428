// Images from files: `docker save`, OCI layouts and archives, plain tars of a root.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EMPTY_IMAGE_CONFIG, type RootImage } from '../driver.js';
import { ImageError } from '../image-error.js';
import type { LayerStore } from '../layers/layer-store.js';
import { assembleImage, stack } from '../oci/assemble.js';
import { readLayout } from '../oci/layout.js';
import { Skopeo } from '../oci/skopeo.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { detectFormat, type ImportFormat } from './detect.js';

export interface ImportOptions {
  onLine?: (line: string) => void;
}

/** Rejects with ImageError or LayerError. */
export async function importImage(stateDir: string, layers: LayerStore, path: string, { onLine }: ImportOptions = {}): Promise<RootImage> {
  const scratch = await temporaryDirectory(stateDir, 'import-');
  try {
    const empty = join(scratch, 'empty');
    await mkdir(empty);
    const format = await detectFormat(path, empty);
    onLine?.(`'${path}' is ${DESCRIPTIONS[format]}`);
    if (format === 'root') return { layers: stack([await layers.unpack({ blob: path })]), config: EMPTY_IMAGE_CONFIG, host: false };
    const layout = join(scratch, 'layout');
    const { code, stderr } = await new Skopeo(stateDir).run(['copy', `${format}:${path}`, `oci:${layout}:image`]);
    if (code !== 0) throw new ImageError('BAD_IMAGE', `'${path}' cannot be read: ${stderr.slice(-1_000)}`);
    const image = await readLayout(layout, join(layout, 'blobs'));
    return await assembleImage(stateDir, layers, image, onLine === undefined ? {} : { onLine });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const DESCRIPTIONS: Record<ImportFormat, string> = {
  oci: 'an OCI layout',
  'oci-archive': 'an OCI archive',
  'docker-archive': 'an archive of docker save',
  root: 'a tar of a root file system',
};
