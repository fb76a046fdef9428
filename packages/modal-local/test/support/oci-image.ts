// Images in OCI layouts, written by hand so that a test decides every byte.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** `archives` are plain tars, lowest first. Returns the manifest's digest. */
export function writeOciLayout(directory: string, archives: readonly Buffer[], config: Record<string, unknown> = {}): string {
  mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
  const put = (content: Buffer, mediaType: string) => {
    const digest = sha256(content);
    writeFileSync(join(directory, 'blobs/sha256', digest.slice(7)), content);
    return { mediaType, digest, size: content.length };
  };
  const layers = archives.map((archive) => put(gzipSync(archive, { level: 1 }), LAYER));
  const document = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', config, rootfs: { type: 'layers', diff_ids: archives.map(sha256) } };
  const configDescriptor = put(Buffer.from(JSON.stringify(document)), 'application/vnd.oci.image.config.v1+json');
  const manifest = put(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: configDescriptor, layers })), MANIFEST);
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'image' } };
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  return manifest.digest;
}

export function sha256(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

