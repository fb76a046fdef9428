// Layers unpacked once and shared by every sandbox. A layer is there whole or not at all.

import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from '../../runtime/host/command.js';
import { isGone } from '../../runtime/host/process-identity.js';
import { diskUsage } from '../overlay/disk-usage.js';
import { layerPath, layersDirectory, newLayerId } from '../overlay/layout.js';
import { draftName, removeDeadDrafts } from './drafts.js';
import { LayerIndex, type LayerRecord } from './layer-index.js';
import type { LayerLimits } from './layer-limits.js';
import { unpackLayer } from './unpack.js';

export interface LayerRequest {
  /** A file: gzip, zstd or plain tar. */
  blob: string;
  /** `sha256:…` of the blob, checked when given. */
  digest?: string;
  /** `sha256:…` of the archive inside, checked when given; a layer that is known by it is not unpacked again. */
  diffId?: string;
  limits?: LayerLimits;
  signal?: AbortSignal;
}

export class LayerStore {
  readonly #index: LayerIndex;
  readonly #running = new Map<string, Promise<LayerRecord>>();

  constructor(private readonly stateDir: string) {
    this.#index = new LayerIndex(join(stateDir, 'layers'));
  }

  /** Removes what a process that died has left half-done. */
  async open(): Promise<void> {
    await mkdir(layersDirectory(this.stateDir), { recursive: true, mode: 0o700 });
    await this.#index.open();
    await removeDeadDrafts(this.stateDir);
  }

  /** Unpacks the blob unless its content is there already. Concurrent requests for one content wait for one unpacking. */
  async unpack(request: LayerRequest): Promise<LayerRecord> {
    const key = request.diffId ?? request.digest;
    if (key === undefined) return await this.#unpack(request);
    const running = this.#running.get(key);
    if (running !== undefined) return await running;
    const started = this.#findOrUnpack(request);
    this.#running.set(key, started);
    try {
      return await started;
    } finally {
      this.#running.delete(key);
    }
  }

  /** Whether a layer of that id can be mounted. */
  async has(layerId: string): Promise<boolean> {
    return await isDirectory(layerPath(this.stateDir, layerId));
  }

  /** Drops the memory of layers whose directories are gone. */
  async forgetMissing(): Promise<void> {
    await this.#index.open();
    for (const { diffId, layerId } of await this.#index.all()) if (!(await this.has(layerId))) await this.#index.remove(diffId);
  }

  /** The layer with that content, if it is here. */
  async find(diffId: string): Promise<LayerRecord | undefined> {
    const record = await this.#index.find(diffId);
    if (record === undefined || (await isDirectory(layerPath(this.stateDir, record.layerId)))) return record;
    await this.#index.remove(record.diffId);
    return undefined;
  }

  async #findOrUnpack(request: LayerRequest): Promise<LayerRecord> {
    const known = request.diffId === undefined ? undefined : await this.find(request.diffId);
    return known ?? (await this.#unpack(request));
  }

  async #unpack(request: LayerRequest): Promise<LayerRecord> {
    const layerId = newLayerId();
    const draft = join(layersDirectory(this.stateDir), draftName(layerId));
    const directory = join(draft, 'layer');
    const scratch = join(draft, 'scratch');
    // One by one: Node's recursive mkdir calls a full disk a missing directory.
    await mkdir(draft);
    await mkdir(directory);
    await mkdir(scratch);
    try {
      const { diffId, entries, hidesLower } = await unpackLayer({ ...request, directory, scratch });
      await runChecked(['sync', '--file-system', directory], { timeoutMs: 10 * 60_000 });
      const bytes = await diskUsage(directory);
      const target = layerPath(this.stateDir, layerId);
      await rename(directory, target);
      const record = await this.#index.add({ layerId, diffId, bytes, entries, hidesLower, createdAt: Date.now() });
      if (record.layerId !== layerId) await rm(target, { recursive: true, force: true });
      return record;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if (isGone(error)) return false;
      throw error;
    },
  );
}
