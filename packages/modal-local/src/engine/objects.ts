// The named objects of one state directory, wired together.

import { ROOT_UID } from '../runtime/driver.js';
import { AppRepository } from '../store/apps.js';
import { Database } from '../store/database.js';
import { BuildStepRepository } from '../store/build-steps.js';
import { EnvironmentRepository } from '../store/environments.js';
import { ImageRepository } from '../store/images.js';
import { loadSecretKey } from '../store/secret-key.js';
import { FinishedSandboxRepository } from '../store/finished-sandboxes.js';
import { Pins } from '../store/pins.js';
import { ProxyRepository } from '../store/proxies.js';
import { QueueItemRepository } from '../store/queue-items.js';
import { QueueRepository } from '../store/queues.js';
import { SecretRepository } from '../store/secrets.js';
import type { StatePaths } from '../store/state-directory.js';
import { VolumeDirectories } from '../store/volume-directories.js';
import { VolumeRepository } from '../store/volumes.js';
import { Apps } from './apps.js';
import { Environments } from './environments.js';
import type { ImageDrivers } from './images/image-drivers.js';
import { Images } from './images/images.js';
import { pruneImages, type ImageStorage, type PrunedImages, type PruneImagesOptions } from './images/prune-images.js';
import { Proxies } from './proxies.js';
import { Queues } from './queues.js';
import { Secrets } from './secrets.js';
import { Volumes } from './volumes.js';
import { REAL_WORLD, type World } from './world.js';

const PRUNE_INTERVAL = 60_000;
/** Clocks that are merely kept right move by less between two looks. */
const JUMP_MS = 5_000;
/** How long it is known how a sandbox ended. */
const FINISHED_SANDBOX_LIFE = 7 * 24 * 60 * 60 * 1_000;

export interface PrunedObjects {
  secrets: number;
  queues: number;
  volumes: number;
  sandboxes: number;
}

export class NamedObjects implements Disposable {
  readonly database: Database;
  readonly environments: Environments;
  readonly apps: Apps;
  readonly secrets: Secrets;
  readonly volumes: Volumes;
  readonly queues: Queues;
  readonly proxies: Proxies;
  readonly finishedSandboxes: FinishedSandboxRepository;
  readonly #pins: Pins;
  readonly #world: World;
  #pruning: NodeJS.Timeout | undefined;
  /** The clock's lead over the time that has gone by. */
  #lead: number;

  /** Opens the state directory's database; throws what `Database.open` throws. */
  constructor(paths: StatePaths, world: World = REAL_WORLD) {
    const database = Database.open(paths.database);
    const environments = new Environments(new EnvironmentRepository(database), world);
    this.database = database;
    this.#world = world;
    this.#lead = world.now() - world.elapsed();
    this.environments = environments;
    this.#pins = new Pins(paths.pins);
    this.apps = new Apps(new AppRepository(database), environments, world);
    this.secrets = new Secrets(new SecretRepository(database, () => loadSecretKey(paths.secretKey)), environments, world);
    const directories = new VolumeDirectories(paths.volumes, this.#pins, ROOT_UID);
    this.volumes = new Volumes(new VolumeRepository(database), directories, environments, world);
    this.queues = new Queues(new QueueRepository(database), new QueueItemRepository(database), environments, world);
    this.proxies = new Proxies(new ProxyRepository(database), environments, world);
    this.finishedSandboxes = new FinishedSandboxRepository(database);
  }

  /** The images of this state directory, which need more than a database. */
  images(drivers: ImageDrivers): Images {
    const { database, environments } = this;
    return new Images({ drivers, repository: new ImageRepository(database), steps: new BuildStepRepository(database), environments, world: this.#world });
  }

  /** Deletes images that are due, and what only they needed. */
  async pruneImages(storage: ImageStorage, options: PruneImagesOptions): Promise<PrunedImages> {
    return await pruneImages(new ImageRepository(this.database), new BuildStepRepository(this.database), storage, options);
  }

  /** Removes what an engine that died left behind, and prunes every minute from now on. For the holder of the state directory's lock. */
  recover(): void {
    this.#pins.clear();
    this.#pruning ??= setInterval(() => {
      this.prune().catch((error: unknown) => process.emitWarning(`Expired objects could not be deleted: ${String(error)}`));
    }, PRUNE_INTERVAL).unref();
  }

  /** Deletes everything but images and their names in the default environment. */
  async clear(): Promise<void> {
    this.environments.clear();
    this.finishedSandboxes.deleteFinishedBefore(Number.MAX_SAFE_INTEGER);
    await this.prune();
  }

  /** Deletes expired ephemeral objects, and what is known of sandboxes that ended a week ago; returns how many of each kind. */
  async prune(): Promise<PrunedObjects> {
    this.#renewAfterJump();
    return {
      secrets: this.secrets.prune(),
      queues: this.queues.prune(),
      volumes: await this.volumes.prune(),
      sandboxes: this.finishedSandboxes.deleteFinishedBefore(this.#world.now() - FINISHED_SANDBOX_LIFE),
    };
  }

  /** Whoever sends a heartbeat for an object could not do so in hours that the clock has left out. */
  #renewAfterJump(): void {
    const lead = this.#world.now() - this.#world.elapsed();
    if (Math.abs(lead - this.#lead) > JUMP_MS) for (const objects of [this.secrets, this.queues, this.volumes]) objects.renew();
    this.#lead = lead;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#pruning);
    this.database.close();
  }
}
