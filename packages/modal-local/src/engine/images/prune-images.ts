// Deletes images that nobody has used for long, or the longest unused ones until the rest fits; then what only they
// were made of.

import type { BuildStepRepository } from '../../store/build-steps.js';
import type { ImageRecord, ImageRepository } from '../../store/images.js';

export interface ImageStorage {
  /** Bytes on disk of one layer; 0 for one that is gone. */
  size(layer: string): Promise<number>;
  /** Deletes layers that are neither needed nor mounted nor just made. */
  pruneLayers(needed: ReadonlySet<string>): Promise<{ layers: number; bytes: number }>;
  /** Deletes downloads that have not been read since then; returns their bytes. */
  pruneBlobs(unusedSince: number): Promise<number>;
}

export interface PruneImagesOptions {
  now: number;
  /** Images and build steps that were last used longer ago go; undefined spares them. */
  unusedForMs?: number;
  /** The longest unused images go until all layers together are smaller. */
  maxBytes?: number;
  /** Those with a name or an alias, too. */
  named: boolean;
}

export interface PrunedImages {
  images: number;
  layers: number;
  bytes: number;
}

export async function pruneImages(
  repository: ImageRepository,
  steps: BuildStepRepository,
  storage: ImageStorage,
  { now, unusedForMs = Infinity, maxBytes = Infinity, named }: PruneImagesOptions,
): Promise<PrunedImages> {
  const unusedSince = now - unusedForMs;
  const spared = named ? new Set<string>() : new Set([...repository.tags(), ...repository.aliases()].map(({ imageId }) => imageId));
  const isDue = (image: ImageRecord): boolean => (image.expiresAt !== null && image.expiresAt <= now) || (image.usedAt <= unusedSince && !spared.has(image.id));
  const due = repository.list().filter(isDue);
  for (const { id } of due) repository.delete(id);
  for (const { key, usedAt } of steps.list()) if (usedAt <= unusedSince) steps.delete(key);
  const surplus = maxBytes === Infinity ? 0 : await shrink(repository, steps, storage, { maxBytes, spared });
  const { layers, bytes } = await storage.pruneLayers(neededLayers(repository, steps));
  const blobs = unusedForMs === Infinity ? 0 : await storage.pruneBlobs(unusedSince);
  return { images: due.length + surplus, layers, bytes: bytes + blobs };
}

/** Deletes images, longest unused first, until what the others need is small enough; returns how many. */
async function shrink(
  repository: ImageRepository,
  steps: BuildStepRepository,
  storage: ImageStorage,
  { maxBytes, spared }: { maxBytes: number; spared: ReadonlySet<string> },
): Promise<number> {
  const candidates = repository.list().filter(({ id }) => !spared.has(id)).sort((a, b) => a.usedAt - b.usedAt);
  let deleted = 0;
  for (const { id } of candidates) {
    if ((await total(storage, neededLayers(repository, steps))) <= maxBytes) return deleted;
    // Without their image, the steps that led to it are worth little.
    for (const step of steps.list()) steps.delete(step.key);
    repository.delete(id);
    deleted += 1;
  }
  return deleted;
}

async function total(storage: ImageStorage, layers: ReadonlySet<string>): Promise<number> {
  let bytes = 0;
  for (const layer of layers) bytes += await storage.size(layer);
  return bytes;
}

function neededLayers(repository: ImageRepository, steps: BuildStepRepository): Set<string> {
  return new Set([...repository.list(), ...steps.list()].flatMap(({ layers }) => layers));
}
