// The machine under one sandbox: network, root file system, container. Built together, and taken down together
// whatever of it was there.

import type { MountedRoot, RootImage } from '../../images/driver.js';
import type { Interceptor, NetworkPolicy, SandboxNetwork } from '../../network/driver.js';
import type { Container, ResourceLimits } from '../../runtime/driver.js';
import type { BucketMountRequest } from '../bucket-mounts.js';
import { once } from '../once.js';
import { releaseAll } from '../release-all.js';
import type { VolumeMountRequest } from '../volumes.js';
import type { SandboxDrivers } from './drivers.js';

const UNRELEASED = 'Parts of a sandbox could not be released';

export interface MachinePlan {
  id: string;
  image: RootImage;
  limits: ResourceLimits;
  policy: NetworkPolicy;
  interceptor?: Interceptor;
  /** A machine that is there already, and whose network this one shares: `policy` and `interceptor` are that one's. */
  join?: Machine;
  volumes: readonly VolumeMountRequest[];
  buckets: readonly BucketMountRequest[];
  /** The driver's default when absent. */
  diskBytes?: number;
}

export interface Machine {
  readonly container: Container;
  readonly network: SandboxNetwork;
  readonly root: MountedRoot;
  /** Ends every process; what they wrote stays for a last snapshot. Idempotent. */
  halt(): Promise<void>;
  /** Everything. Idempotent. */
  release(): Promise<void>;
}

/** Rejects with the signal's reason, and leaves nothing, when it aborts before the container runs. */
export async function assemble(drivers: SandboxDrivers, plan: MachinePlan, signal: AbortSignal): Promise<Machine> {
  const { id, image, limits, policy, interceptor, join, volumes, buckets, diskBytes } = plan;
  const hostname = hostnameOf(id);
  const releases: (() => Promise<void>)[] = [];
  try {
    const mounts = [];
    for (const mountNext of [
      ...volumes.map((request) => () => drivers.volumes.mountFor(request)),
      ...buckets.map((request) => () => drivers.buckets.mountFor(request)),
    ]) {
      const mounted = await mountNext();
      releases.unshift(() => Promise.resolve(mounted[Symbol.asyncDispose]()));
      mounts.push(mounted.mount);
    }
    const network = join ? await sharedNetwork(join) : await drivers.network.attach(id, policy, interceptor === undefined ? {} : { interceptor });
    releases.unshift(() => network.release());
    const files = etcFiles(hostname, network.resolvConf);
    const root = await drivers.roots.mount(image, { id, files, ...(diskBytes === undefined ? {} : { diskBytes }) });
    releases.unshift(() => root.release());
    const spec = { id, hostname, rootfs: root.path, mounts: [...root.mounts, ...mounts], limits };
    const container = await drivers.runtime.start(network.netnsPath === undefined ? spec : { ...spec, netnsPath: network.netnsPath }, { signal });
    const halt = once(() => container.kill());
    const release = once(() => releaseAll([halt, ...releases], UNRELEASED));
    return { container, network, root, halt, release };
  } catch (error) {
    await releaseAll(releases, UNRELEASED);
    throw error;
  }
}

/** It goes with the machine that it belongs to. */
async function sharedNetwork({ network, container }: Machine): Promise<SandboxNetwork> {
  const own = network.netnsPath === undefined ? await container.openNetwork() : undefined;
  const release = async () => await own?.[Symbol.asyncDispose]();
  return {
    netnsPath: own?.path ?? network.netnsPath,
    resolvConf: network.resolvConf,
    setPolicy: (policy) => network.setPolicy(policy),
    release,
    [Symbol.asyncDispose]: release,
  };
}

function hostnameOf(id: string): string {
  return `modal-${id.slice(-12).toLowerCase()}`;
}

function etcFiles(hostname: string, resolvConf: string): Record<string, string> {
  return {
    '/etc/hostname': `${hostname}\n`,
    '/etc/hosts': `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 ${hostname}\n`,
    '/etc/resolv.conf': resolvConf,
  };
}
