// Images as files that other tools read: `docker load` and OCI archives. Owners, whiteouts and opaque directories go
// back to what they were in the registry's form.

import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ID_MAP_SIZE, ROOT_UID } from '../../runtime/driver.js';
import type { RootImage } from '../driver.js';
import { ImageError } from '../image-error.js';
import { truncated, type ByteReader } from '../layers/byte-reader.js';
import { baseOf, entryPath, parentOf } from '../layers/entry-path.js';
import { END_OF_ARCHIVE, writeEntry } from '../layers/entry-writer.js';
import { readArchive } from '../layers/read-archive.js';
import { tarEntries, type TarEntry } from '../layers/tar-entries.js';
import { padded, type TarHeader } from '../layers/tar-header.js';
import { ownArchitecture, toOciConfig } from '../oci/manifest.js';
import { Skopeo } from '../oci/skopeo.js';
import { layerPath } from '../overlay/layout.js';
import { temporaryDirectory } from '../temporary-directory.js';

export type ExportFormat = 'docker-archive' | 'oci-archive';

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';

/** `name` is what `docker load` will call it. Throws UNSUPPORTED for an image that is this machine's own files. */
export async function exportImage(stateDir: string, image: RootImage, target: { path: string; format: ExportFormat; name: string }): Promise<void> {
  if (image.host) throw new ImageError('UNSUPPORTED', "The image stands on this machine's own files, which are no part of it: it cannot be exported");
  const directory = await temporaryDirectory(stateDir, 'export-');
  try {
    await writeLayout(stateDir, directory, image);
    const { code, stderr } = await new Skopeo(stateDir).run(['copy', `oci:${directory}:image`, `${target.format}:${target.path}:${target.name}`]);
    if (code !== 0) throw new ImageError('TRANSFER_FAILED', `'${target.path}' could not be written: ${stderr.slice(-1_000)}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeLayout(stateDir: string, directory: string, image: RootImage): Promise<void> {
  const blobs = join(directory, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const scratch = join(directory, 'scratch');
  await mkdir(scratch);
  const put = async (content: string, mediaType: string) => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(blobs, hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
  };
  const layers = [];
  for (const layer of image.layers) layers.push(await packLayer(layerPath(stateDir, layer), blobs, scratch));
  const config = { architecture: ownArchitecture(), os: 'linux', config: toOciConfig(image.config), rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) } };
  const configDescriptor = await put(JSON.stringify(config), CONFIG_TYPE);
  const descriptors = layers.map(({ digest, size }) => ({ mediaType: LAYER_TYPE, digest, size }));
  const manifest = await put(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: configDescriptor, layers: descriptors }), MANIFEST_TYPE);
  await rm(scratch, { recursive: true });
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'image' } };
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
}

async function packLayer(layer: string, blobs: string, scratch: string): Promise<{ diffId: string; digest: string; size: number }> {
  const tar = ['tar', '--create', '--file=-', '--numeric-owner', '--format=posix', '--pax-option=delete=atime,delete=ctime', '--sort=name', '--xattrs', '--xattrs-include=user.*', '--xattrs-include=trusted.overlay.opaque', '.'];
  const plain = createHash('sha256');
  const packed = createHash('sha256');
  const draft = join(blobs, 'draft');
  // Reading `trusted.*` takes a privilege; the directory is bound read-only by nobody writing to it.
  const { code, stderr } = await readArchive(tar, { scratch, cwd: layer, trusted: true }, (reader) =>
    pipeline(registryForm(reader), hashing(plain), createGzip({ level: 6 }), hashing(packed), createWriteStream(draft)));
  if (code !== 0) throw new ImageError('TRANSFER_FAILED', `A layer cannot be read: ${stderr || `code ${code}`}`);
  const hex = packed.digest('hex');
  await rename(draft, join(blobs, hex));
  const { size } = await stat(join(blobs, hex));
  return { diffId: `sha256:${plain.digest('hex')}`, digest: `sha256:${hex}`, size };
}

function hashing(hash: Hash): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, void, undefined> {
  return async function* (chunks) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

async function* registryForm(reader: ByteReader): AsyncGenerator<Buffer, void, undefined> {
  for await (const entry of tarEntries(reader)) {
    const path = entryPath(entry.name);
    const opaque = entry.extra.some(([key]) => key === 'SCHILY.xattr.trusted.overlay.opaque');
    const whiteout = entry.type === '3' && entry.deviceMajor === 0 && entry.deviceMinor === 0;
    if (whiteout) yield writeEntry(mark(entry, join(parentOf(path), `.wh.${baseOf(path)}`)));
    else {
      yield writeEntry(unshifted(entry, path), [...mtimeOf(entry), ...entry.extra.filter(([key]) => key.startsWith('SCHILY.xattr.user.'))]);
      if (opaque) yield writeEntry(mark(entry, join(path, '.wh..wh..opq')));
    }
    for (let missing = padded(entry.size); missing > 0; ) {
      const part = await reader.some(missing);
      if (part === undefined) throw truncated();
      missing -= part.length;
      yield part;
    }
  }
  yield END_OF_ARCHIVE;
}

function mtimeOf({ exactMtime }: TarEntry): [string, Buffer][] {
  return exactMtime === undefined ? [] : [['mtime', Buffer.from(exactMtime, 'latin1')]];
}

function mark(entry: TarHeader, name: string): TarHeader {
  return { ...unshifted(entry, name), type: '0', mode: 0, size: 0, linkName: '', deviceMajor: 0, deviceMinor: 0 };
}

function unshifted(entry: TarHeader, path: string): TarHeader {
  const own = (id: number): number => (id >= ROOT_UID && id < ROOT_UID + ID_MAP_SIZE ? id - ROOT_UID : 0);
  const name = path === '' ? './' : `${path}${entry.type === '5' ? '/' : ''}`;
  const linkName = entry.type === '1' ? entryPath(entry.linkName) : entry.linkName;
  return { ...entry, name, linkName, uid: own(entry.uid), gid: own(entry.gid), mtime: Math.max(0, entry.mtime) };
}
