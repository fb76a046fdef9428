// All images of an engine: builds and their logs, look-ups, names, snapshots, expiry.

import { parseDockerfile } from '../../images/build/parse.js';
import { BuildError, type Instruction } from '../../images/build/instruction.js';
import { imageKey } from '../../images/build/image-builder.js';
import type { RootImage } from '../../images/driver.js';
import { ImageError } from '../../images/image-error.js';
import { canonicalName, parseReference } from '../../images/registry/reference.js';
import type { BuildStepRepository } from '../../store/build-steps.js';
import type { ImageRecord, ImageRepository } from '../../store/images.js';
import type { Environments } from '../environments.js';
import { EngineError } from '../errors.js';
import { mintId } from '../mint-id.js';
import type { World } from '../world.js';
import { BaseImages, isWellKnown } from './base-images.js';
import { BuildJob } from './build-job.js';
import { Builds } from './builds.js';
import type { ImageDefinition } from './definition.js';
import type { ImageDrivers } from './image-drivers.js';
import { contentKeyOf, imageIdOf } from './image-id.js';
import { stepCache } from './step-cache.js';

export interface ImagesOptions {
  drivers: ImageDrivers;
  repository: ImageRepository;
  steps: BuildStepRepository;
  environments: Environments;
  world: World;
}

export interface NewImage {
  image: RootImage;
  source: string;
  /** Milliseconds until it is gone; undefined keeps it. */
  lifeMs?: number;
}

export class Images {
  readonly #options: ImagesOptions;
  readonly #bases: BaseImages;
  readonly #builds = new Builds();

  constructor(options: ImagesOptions) {
    this.#options = options;
    this.#bases = new BaseImages(options.drivers);
  }

  /** Finds the image, or begins to build it. Throws INVALID_ARGUMENT for commands that cannot be built, NOT_FOUND for a base. */
  async getOrCreate(definition: ImageDefinition): Promise<BuildJob> {
    const instructions = parsed(definition.commands);
    const given = new Map(definition.bases.map(({ tag, imageId }) => [tag, this.#record(imageId)]));
    const contentKey = this.#contentKey(definition, instructions, given);
    const id = imageIdOf(contentKey);
    const known = definition.force ? undefined : this.#live(id);
    const current = known !== undefined && (await this.#isCurrent(known, instructions)) ? known : undefined;
    await this.#builds.untilStopped(id);
    const running = this.#builds.running(id);
    if (running !== undefined) return running;
    const job = current === undefined ? this.#build(id, contentKey, definition, instructions, given) : this.#finishedJob(current, instructions);
    this.#builds.add(job);
    return job;
  }

  /** The build of an image, over or not. Throws NOT_FOUND. */
  job(id: string): BuildJob {
    return this.#builds.get(id) ?? this.#finishedJob(this.#record(id), []);
  }

  /** What sandboxes start from. Throws NOT_FOUND, FAILED_PRECONDITION while or because it is not built. */
  async root(id: string): Promise<RootImage> {
    const record = this.#live(id);
    if (record === undefined) {
      const job = this.#builds.get(id);
      if (job === undefined) throw unknownImage(id);
      throw new EngineError('FAILED_PRECONDITION', `Image ${id} is not built${job.result === undefined ? ' yet' : ': its build failed'}`);
    }
    if (!(await this.#present(record))) throw new EngineError('FAILED_PRECONDITION', `Could not find image with ID ${id}: its layers are gone from the state directory. Build it again with forceBuild`);
    this.#options.repository.setUsed(id, this.#options.world.now());
    const { layers, config, host } = record;
    return { layers, config, host };
  }

  /** Throws NOT_FOUND. */
  require(id: string): ImageRecord {
    return this.#record(id);
  }

  /** Keeps an image that was not built from commands; returns its id. */
  add({ image, source, lifeMs }: NewImage): ImageRecord {
    const { repository, world } = this.#options;
    const now = world.now();
    const record: ImageRecord = { ...plain(image), id: mintId(world, 'im'), contentKey: null, source, createdAt: now, usedAt: now, expiresAt: lifeMs === undefined ? null : now + lifeMs };
    repository.insert(record);
    return record;
  }

  /** One that is being built is cancelled. Throws NOT_FOUND. */
  delete(id: string): void {
    const built = this.#options.repository.delete(id);
    if (!this.#builds.delete(id) && !built) throw new EngineError('NOT_FOUND', `No Image with ID ${id}`);
  }

  /** `tag` is `name:tag`. Throws NOT_FOUND. */
  byTag(tag: string, environmentName: string): ImageRecord {
    const environment = this.#options.environments.resolve(environmentName);
    const record = this.#options.repository.byTag(environment.id, withTag(tag));
    if (record === undefined || this.#expired(record)) throw new EngineError('NOT_FOUND', `Image '${tag}' not found`);
    return record;
  }

  /** Throws NOT_FOUND, INVALID_ARGUMENT. */
  publish(id: string, tag: string, environmentName: string): void {
    const environment = this.#options.environments.resolve(environmentName);
    this.#record(id);
    if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/.test(tag)) {
      throw new EngineError('INVALID_ARGUMENT', `'${tag}' is not a name to publish under: letters, digits, '-', '_', '.' and '/', perhaps with :TAG`);
    }
    this.#options.repository.setTag({ environmentId: environment.id, tag: withTag(tag), imageId: id });
  }

  /** Makes `FROM name` mean a local image. Throws NOT_FOUND, INVALID_ARGUMENT. */
  alias(id: string, name: string, environmentName: string): string {
    const environment = this.#options.environments.resolve(environmentName);
    this.#record(id);
    const canonical = reference(name);
    this.#options.repository.setAlias({ environmentId: environment.id, name: canonical, imageId: id });
    return canonical;
  }

  /** An image by its id, an alias or a published name. Throws NOT_FOUND. */
  named(name: string, environmentName: string): ImageRecord {
    const record = name.startsWith('im-') ? this.#live(name) : this.#byName(name, this.#options.environments.resolve(environmentName).id);
    if (record === undefined || this.#expired(record)) throw new EngineError('NOT_FOUND', `There is no image '${name}'. \`modal-local images list\` shows what there is`);
    return record;
  }

  /** Ends running builds. */
  async close(): Promise<void> {
    await this.#builds.close();
  }

  /** As `close`, and forgets what failed. */
  async reset(): Promise<void> {
    await this.#builds.reset();
  }

  #build(id: string, contentKey: string, definition: ImageDefinition, instructions: Instruction[], given: ReadonlyMap<string, RootImage>): BuildJob {
    const { drivers, steps, world } = this.#options;
    const builder = drivers.builder(stepCache(steps, (image) => this.#present(image), world));
    return new BuildJob(
      id,
      world,
      async (job, signal) =>
        await builder.build(instructions, {
          base: async (name) =>
            await this.#bases.resolve(name, {
              given,
              alias: (canonical) => this.#options.repository.byAlias(definition.environmentId, canonical),
              auth: definition.registry,
              onLine: (line) => job.log.line(line),
              onWarning: (warning) => job.warn(warning),
              signal,
            }),
          env: definition.env,
          args: definition.buildArgs,
          force: definition.force,
          onOutput: (text) => job.log.write(text),
          signal,
        }),
      (image) => {
        const now = world.now();
        const source = instructions.map(({ step }) => step).join('; ').slice(0, 200);
        this.#options.repository.insert({ ...plain(image), id, contentKey, source, createdAt: now, usedAt: now, expiresAt: null });
      },
    );
  }

  /** A build that is over, for an image that is there. */
  #finishedJob(record: ImageRecord, instructions: readonly Instruction[]): BuildJob {
    const job = new BuildJob(record.id, this.#options.world, async () => record, () => undefined);
    if (record.host) for (const { name, reason } of this.#unreachableBases(instructions)) job.warnings.push(this.#bases.standInWarning(name, reason));
    return job;
  }

  /** What was built while a registry could not be reached is built again as soon as it may be reached. */
  async #isCurrent(record: ImageRecord, instructions: readonly Instruction[]): Promise<boolean> {
    if (!(await this.#present(record))) return false;
    if (!record.host || !instructions.some((instruction) => instruction.kind === 'FROM' && isRemote(instruction.image))) return true;
    return this.#unreachableBases(instructions).length > 0;
  }

  #unreachableBases(instructions: readonly Instruction[]): { name: string; reason: string }[] {
    return instructions.flatMap((instruction) => {
      if (instruction.kind !== 'FROM' || !isRemote(instruction.image)) return [];
      const reason = this.#options.drivers.registry.knownUnreachable(parseReference(instruction.image));
      return reason === undefined ? [] : [{ name: instruction.image, reason }];
    });
  }

  #contentKey(definition: ImageDefinition, instructions: readonly Instruction[], given: ReadonlyMap<string, RootImage>): string {
    const { commands, env, buildArgs, registry, builderVersion, environmentId } = definition;
    const aliases = instructions.flatMap((instruction) => {
      const name = instruction.kind === 'FROM' ? instruction.image : instruction.kind === 'COPY' ? instruction.from : undefined;
      const image = name === undefined || given.has(name) ? undefined : this.#aliased(name, environmentId);
      return image === undefined ? [] : [[name, imageKey(image)]];
    });
    const bases = [...given].map(([tag, image]) => [tag, imageKey(image)]);
    return contentKeyOf([builderVersion, commands, bases, aliases, sorted(env), sorted(buildArgs), registry.kind]);
  }

  #aliased(name: string, environmentId: string): ImageRecord | undefined {
    try {
      return this.#options.repository.byAlias(environmentId, canonicalName(parseReference(name)));
    } catch (error) {
      // A stage, or a name with variables.
      if (error instanceof ImageError) return undefined;
      throw error;
    }
  }

  #byName(name: string, environmentId: string): ImageRecord | undefined {
    return this.#aliased(name, environmentId) ?? this.#options.repository.byTag(environmentId, withTag(name));
  }

  async #present({ layers, host }: RootImage): Promise<boolean> {
    const { hostImage, layers: store } = this.#options.drivers;
    // The base of an image on this machine's files changes when the machine does.
    if (host && layers[0] !== hostImage?.layers[0]) return false;
    return (await Promise.all(layers.map((layer) => store.has(layer)))).every(Boolean);
  }

  #record(id: string): ImageRecord {
    const record = this.#live(id);
    if (record === undefined) throw unknownImage(id);
    return record;
  }

  #live(id: string): ImageRecord | undefined {
    const record = this.#options.repository.byId(id);
    return record === undefined || this.#expired(record) ? undefined : record;
  }

  #expired({ expiresAt }: ImageRecord): boolean {
    return expiresAt !== null && expiresAt <= this.#options.world.now();
  }
}

function parsed(commands: readonly string[]): Instruction[] {
  try {
    return parseDockerfile(commands);
  } catch (error) {
    if (error instanceof BuildError) throw new EngineError('INVALID_ARGUMENT', error.message, { cause: error });
    throw error;
  }
}

function reference(name: string): string {
  try {
    return canonicalName(parseReference(name));
  } catch (error) {
    if (error instanceof ImageError) throw new EngineError('INVALID_ARGUMENT', error.message, { cause: error });
    throw error;
  }
}

function isRemote(name: string): boolean {
  try {
    return isWellKnown(parseReference(name));
  } catch (error) {
    if (error instanceof ImageError) return false;
    throw error;
  }
}

function plain({ layers, config, host }: RootImage): RootImage {
  return { layers, config, host };
}

function withTag(name: string): string {
  return /:[^/]*$/.test(name) ? name : `${name}:latest`;
}

function sorted(env: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
}

function unknownImage(id: string): EngineError {
  return new EngineError('NOT_FOUND', `Could not find image with ID ${id}`);
}
