// What the domain of sandboxes stands on: the drivers, and the other parts of the engine that it asks.

import type { NetworkDriver } from '../../network/driver.js';
import type { RootFilesystems, RootImage } from '../../images/driver.js';
import type { ContainerRuntime } from '../../runtime/driver.js';
import type { TunnelCertificate } from '../certificates/tunnel-certificate.js';
import type { FinishedSandboxRepository } from '../../store/finished-sandboxes.js';
import type { BucketMounts } from '../bucket-mounts.js';
import type { Volumes } from '../volumes.js';
import type { World } from '../world.js';
import type { HostResources } from './limits.js';
import type { Sandbox } from './sandbox.js';

/** Throws NOT_FOUND for an id that no image has, FAILED_PRECONDITION for one that is not built. */
export interface ImageSource {
  root(imageId: string): RootImage | Promise<RootImage>;
}

export interface SandboxDrivers {
  runtime: ContainerRuntime;
  roots: RootFilesystems;
  network: NetworkDriver;
  images: ImageSource;
  volumes: Pick<Volumes, 'mountFor'>;
  buckets: Pick<BucketMounts, 'mountFor'>;
  /** The token that a sandbox may show to services. Throws NOT_FOUND for its app. */
  identityToken: (sandbox: { id: string; taskId: string; appId: string }, lifeMs: number) => string;
  /** Of `https` tunnels. */
  certificate: TunnelCertificate;
  /** What outlives the engine. */
  finished: Pick<FinishedSandboxRepository, 'byId' | 'byName' | 'insert'>;
  world: World;
  host: HostResources;
  /** Called once a sandbox's processes are gone, before its files go. */
  atEnd: (sandbox: Sandbox) => Promise<void>;
  /** Told what should not have happened and nobody else can be told. */
  reportDefect: (where: string, error: unknown) => void;
  /** For what lives as long as a sandbox; on a disk with room for its output. */
  runDirectory: string;
}
