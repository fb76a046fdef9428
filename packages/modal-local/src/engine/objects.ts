// The named objects of one state directory, wired together.

import { AppRepository } from '../store/apps.js';
import { Database } from '../store/database.js';
import { EnvironmentRepository } from '../store/environments.js';
import { loadSecretKey } from '../store/secret-key.js';
import { SecretRepository } from '../store/secrets.js';
import type { StatePaths } from '../store/state-directory.js';
import { Apps } from './apps.js';
import { Environments } from './environments.js';
import { Secrets } from './secrets.js';
import { REAL_WORLD, type World } from './world.js';

export class NamedObjects implements Disposable {
  readonly database: Database;
  readonly environments: Environments;
  readonly apps: Apps;
  readonly secrets: Secrets;

  /** Opens the state directory's database; throws what `Database.open` throws. */
  constructor(paths: StatePaths, world: World = REAL_WORLD) {
    this.database = Database.open(paths.database);
    this.environments = new Environments(new EnvironmentRepository(this.database), world);
    this.apps = new Apps(new AppRepository(this.database), this.environments, world);
    const secretRepository = new SecretRepository(this.database, () => loadSecretKey(paths.secretKey));
    this.secrets = new Secrets(secretRepository, this.environments, world);
  }

  [Symbol.dispose](): void {
    this.database.close();
  }
}
