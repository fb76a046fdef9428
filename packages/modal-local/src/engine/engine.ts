// The engine's domain, put together. It knows neither protobuf nor child processes: drivers come from outside.

import type { StatePaths } from '../store/state-directory.js';
import type { BucketMounter } from '../buckets/driver.js';
import { BucketMounts } from './bucket-mounts.js';
import { identityTokenSource } from './identity-token-source.js';
import type { ImageDrivers } from './images/image-drivers.js';
import type { Images } from './images/images.js';
import { Logs } from './logs/logs.js';
import { NamedObjects } from './objects.js';
import type { SandboxDrivers } from './sandboxes/drivers.js';
import type { Sandbox } from './sandboxes/sandbox.js';
import { Sandboxes } from './sandboxes/sandboxes.js';
import { Snapshots, type SnapshotDrivers } from './snapshots/snapshots.js';
import { Tokens } from './tokens.js';
import { REAL_WORLD, type World } from './world.js';

export interface EngineOptions {
  state: StatePaths;
  drivers: Pick<SandboxDrivers, 'runtime' | 'roots' | 'network' | 'host' | 'certificate' | 'runDirectory' | 'reportDefect'>;
  /** Without one, cloud bucket mounts are refused. */
  buckets?: BucketMounter;
  images: ImageDrivers;
  snapshots: Omit<SnapshotDrivers, 'roots' | 'reportDefect'>;
  world?: World;
}

export class Engine implements AsyncDisposable {
  readonly world: World;
  readonly objects: NamedObjects;
  readonly images: Images;
  readonly snapshots: Snapshots;
  readonly sandboxes: Sandboxes;
  readonly tokens: Tokens;
  readonly logs: Logs;

  constructor({ state, drivers, buckets, images, snapshots, world = REAL_WORLD }: EngineOptions) {
    this.world = world;
    this.objects = new NamedObjects(state, world);
    this.images = this.objects.images(images);
    this.snapshots = new Snapshots(this.images, { ...snapshots, roots: drivers.roots, reportDefect: drivers.reportDefect });
    const atEnd = (sandbox: Sandbox) => this.snapshots.atEnd(sandbox);
    // Clients judge these by their own clock.
    this.tokens = new Tokens(REAL_WORLD);
    const { volumes, secrets } = this.objects;
    const bucketMounts = new BucketMounts(buckets, secrets);
    const identityToken = identityTokenSource(state, this.objects.apps, world);
    this.sandboxes = new Sandboxes({ ...drivers, world, images: this.images, volumes, buckets: bucketMounts, identityToken, atEnd, finished: this.objects.finishedSandboxes });
    this.logs = new Logs(this.objects.apps, this.sandboxes);
  }

  /** Ends and forgets every sandbox and everything that was named; images stay. */
  async reset(): Promise<void> {
    await this.sandboxes.reset();
    await this.images.reset();
    await this.objects.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandboxes.close();
    await this.images.close();
    this.objects[Symbol.dispose]();
  }
}
