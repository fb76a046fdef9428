// The named objects of one state directory, wired together.

import { ROOT_UID } from '../runtime/driver.js';
import { AppRepository } from '../store/apps.js';
import { Database } from '../store/database.js';
import { EnvironmentRepository } from '../store/environments.js';
import { loadSecretKey } from '../store/secret-key.js';
import { Pins } from '../store/pins.js';
import { SecretRepository } from '../store/secrets.js';
import type { StatePaths } from '../store/state-directory.js';
import { VolumeDirectories } from '../store/volume-directories.js';
import { VolumeRepository } from '../store/volumes.js';
import { Apps } from './apps.js';
import { Environments } from './environments.js';
import { Secrets } from './secrets.js';
import { Volumes } from './volumes.js';
import { REAL_WORLD, type World } from './world.js';

export class NamedObjects implements Disposable {
  readonly database: Database;
  readonly environments: Environments;
  readonly apps: Apps;
  readonly secrets: Secrets;
  readonly volumes: Volumes;
  readonly #pins: Pins;

  /** Opens the state directory's database; throws what `Database.open` throws. */
  constructor(paths: StatePaths, world: World = REAL_WORLD) {
    this.database = Database.open(paths.database);
    this.environments = new Environments(new EnvironmentRepository(this.database), world);
    this.apps = new Apps(new AppRepository(this.database), this.environments, world);
    const secretRepository = new SecretRepository(this.database, () => loadSecretKey(paths.secretKey));
    this.secrets = new Secrets(secretRepository, this.environments, world);
    this.#pins = new Pins(paths.pins);
    const directories = new VolumeDirectories(paths.volumes, this.#pins, ROOT_UID);
    this.volumes = new Volumes(new VolumeRepository(this.database), directories, this.environments, world);
  }

  /** Removes what an engine that died left behind. Only for the one that holds the state directory's lock. */
  recover(): void {
    this.#pins.clear();
  }

  /** Deletes expired ephemeral objects; returns how many of each kind. An engine does it every minute. */
  async prune(): Promise<{ secrets: number; volumes: number }> {
    return { secrets: this.secrets.prune(), volumes: await this.volumes.prune() };
  }

  [Symbol.dispose](): void {
    this.database.close();
  }
}
