// Volumes: directories that sandboxes share and that outlive them. On one machine a write is visible to every sandbox
// at once and durable as files are, so commit and reload have nothing left to do.

import type { Mount } from '../runtime/driver.js';
import { SubPathError, type VolumeDirectories } from '../store/volume-directories.js';
import type { VolumeRecord, VolumeRepository } from '../store/volumes.js';
import { EPHEMERAL_LIFE, getOrCreate, notFound, type Creation } from './creation.js';
import type { Environments } from './environments.js';
import { EngineError } from './errors.js';
import { mintId } from './mint-id.js';
import { checkObjectName, parseSubPath } from './object-names.js';
import { once } from './once.js';
import type { World } from './world.js';

/** What a volume is when its creator does not say. */
const DEFAULT_VERSION = 1;

export type Volume = VolumeRecord;

export interface VolumeRequest {
  /** Ignored for an ephemeral volume. */
  name: string;
  environmentName: string;
  creation: Creation;
  /** 1 or 2. Here both are a directory; the number is kept because clients compare it. */
  version?: number;
}

export interface VolumeMountRequest {
  volumeId: string;
  /** Absolute path in the sandbox. */
  path: string;
  readOnly: boolean;
  /** A directory of the volume; created when missing, unless the mount is read-only. */
  subPath?: string;
}

/** A volume in use: hold it as long as the sandbox lives, so that an ephemeral volume does not expire under it. */
export interface MountedVolume extends AsyncDisposable {
  readonly mount: Mount;
}

export class Volumes {
  readonly #uses = new Map<string, number>();

  constructor(
    private readonly repository: VolumeRepository,
    private readonly directories: VolumeDirectories,
    private readonly environments: Environments,
    private readonly world: World,
  ) {}

  /** Throws NOT_FOUND, ALREADY_EXISTS or INVALID_ARGUMENT. */
  getOrCreate(request: VolumeRequest): Volume {
    const { name, creation, version = DEFAULT_VERSION } = request;
    const environment = this.environments.resolve(request.environmentName);
    if (version !== 1 && version !== 2) throw new EngineError('INVALID_ARGUMENT', `Invalid Volume version ${version}: use 1 or 2`);
    if (creation === 'ephemeral') return this.#createEphemeral(environment.id, version);
    checkObjectName('Volume', name);
    return getOrCreate(creation, {
      kind: 'Volume',
      name,
      find: () => this.repository.byName(environment.id, name),
      create: () => this.#insert(environment.id, name, version),
    });
  }

  /** Throws NOT_FOUND. */
  get(id: string): Volume {
    const volume = this.repository.byId(id);
    if (volume === undefined) throw notFound('Volume', id);
    return volume;
  }

  /** Keeps an ephemeral volume for another `EPHEMERAL_LIFE`. Throws NOT_FOUND. */
  heartbeat(id: string): void {
    if (this.get(id).expiresAt !== null) this.repository.setExpiry(id, this.world.now() + EPHEMERAL_LIFE);
  }

  /** Sandboxes that have it mounted see an empty directory from then on. Throws NOT_FOUND. */
  async delete(id: string): Promise<void> {
    if (!this.repository.delete(id)) throw notFound('Volume', id);
    await this.directories.remove(id);
  }

  /** Throws NOT_FOUND, and INVALID_ARGUMENT or FAILED_PRECONDITION for a sub-path that leads nowhere or outside. */
  async mountFor(request: VolumeMountRequest): Promise<MountedVolume> {
    const volume = this.get(request.volumeId);
    const components = parseSubPath(request.subPath ?? '');
    this.#uses.set(volume.id, (this.#uses.get(volume.id) ?? 0) + 1);
    try {
      const source = await this.#source(volume, components, !request.readOnly);
      const mount = { source: source.path, target: request.path, readOnly: request.readOnly };
      return { mount, [Symbol.asyncDispose]: once(() => this.#release(volume.id, source)) };
    } catch (error) {
      this.#leave(volume.id);
      throw error;
    }
  }

  /** Gives every ephemeral one a whole life from now. */
  renew(): void {
    this.repository.renew(this.world.now() + EPHEMERAL_LIFE);
  }

  /** Deletes ephemeral volumes without a heartbeat, and remains of deletions cut short. A sandbox's use counts as a heartbeat. */
  async prune(): Promise<number> {
    for (const id of this.#uses.keys()) if (this.repository.byId(id)) this.heartbeat(id);
    for (const { id } of this.repository.expired(this.world.now())) this.repository.delete(id);
    return await this.directories.removeAllBut(this.repository.ids());
  }

  async #source(volume: Volume, components: readonly string[], create: boolean): Promise<Source> {
    if (components.length === 0) return { path: this.directories.ensure(volume.id) };
    try {
      return await this.directories.pin(volume.id, components, { create });
    } catch (error) {
      if (!(error instanceof SubPathError)) throw error;
      const where = `Sub-path '${components.join('/')}' of Volume '${volume.name ?? volume.id}'`;
      throw new EngineError('FAILED_PRECONDITION', `${where} cannot be mounted: ${error.message}`, { cause: error });
    }
  }

  async #release(id: string, source: Source): Promise<void> {
    this.#leave(id);
    await source[Symbol.asyncDispose]?.();
  }

  #leave(id: string): void {
    const left = (this.#uses.get(id) ?? 1) - 1;
    if (left > 0) this.#uses.set(id, left);
    else this.#uses.delete(id);
  }

  #createEphemeral(environmentId: string, version: number): Volume {
    const now = this.world.now();
    const volume = { id: mintId(this.world, 'vo'), environmentId, name: null, version, createdAt: now, expiresAt: now + EPHEMERAL_LIFE };
    this.repository.insert(volume);
    return volume;
  }

  #insert(environmentId: string, name: string, version: number): Volume | undefined {
    const volume = { id: mintId(this.world, 'vo'), environmentId, name, version, createdAt: this.world.now(), expiresAt: null };
    return this.repository.insert(volume) ? volume : undefined;
  }
}

interface Source extends Partial<AsyncDisposable> {
  path: string;
}
