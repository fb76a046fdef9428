// Runs one process of a build in a sandbox of the image so far, and makes a layer of what it wrote.

import { randomBytes } from 'node:crypto';
import { lstat, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkDriver } from '../../network/driver.js';
import type { OutputSink, ProcessExit } from '../../runtime/agent/connection.js';
import type { ContainerRuntime, Mount, ResourceLimits } from '../../runtime/driver.js';
import { isGone } from '../../runtime/host/process-identity.js';
import type { MountedRoot, RootFilesystems, RootImage } from '../driver.js';
import { layerPath } from '../overlay/layout.js';

export interface StepRunnerOptions {
  stateDir: string;
  runtime: ContainerRuntime;
  roots: RootFilesystems;
  network: NetworkDriver;
  limits: ResourceLimits;
  /** What one step may write; without limit when absent. */
  diskBytes?: number | undefined;
}

export interface StepProcess {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  user: string;
  /** Beside the image's own; targets are below /__modal. */
  mounts?: readonly Mount[];
  /** The public internet, or nothing. */
  online: boolean;
  onOutput: (chunk: Buffer) => void;
  signal?: AbortSignal;
}

export interface StepResult {
  exit: ProcessExit;
  /** Undefined when nothing was written, or when the process failed. */
  layer: string | undefined;
}

export class StepRunner {
  constructor(private readonly options: StepRunnerOptions) {}

  async run(image: RootImage, process: StepProcess): Promise<StepResult> {
    const { runtime, roots, network, limits, diskBytes } = this.options;
    const id = `build-${randomBytes(8).toString('hex')}`;
    const attached = await network.attach(id, process.online ? { kind: 'open' } : { kind: 'blocked' });
    try {
      const files = { '/etc/resolv.conf': attached.resolvConf, '/etc/hosts': '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 build\n', '/etc/hostname': 'build\n' };
      const root = await roots.mount(image, { id, files, ...(diskBytes === undefined ? {} : { diskBytes }) });
      try {
        const container = await runtime.start({
          id,
          hostname: 'build',
          rootfs: root.path,
          mounts: [...root.mounts, ...(process.mounts ?? [])],
          limits,
          ...(attached.netnsPath === undefined ? {} : { netnsPath: attached.netnsPath }),
        }, process.signal === undefined ? {} : { signal: process.signal });
        const exit = await this.#runIn(container, process);
        const failed = exit.kind !== 'exited' || exit.code !== 0;
        return { exit, layer: failed ? undefined : await this.#layerOf(root, process.mounts ?? []) };
      } finally {
        await root.release();
      }
    } finally {
      await attached.release();
    }
  }

  /** A root to copy from. */
  async mountSource(image: RootImage): Promise<MountedRoot> {
    return await this.options.roots.mount(image, { id: `build-${randomBytes(8).toString('hex')}` });
  }

  async #runIn(container: Awaited<ReturnType<ContainerRuntime['start']>>, process: StepProcess): Promise<ProcessExit> {
    // The kill below is the same one, and tells when it fails.
    const abort = () => void container.kill().catch(() => undefined);
    process.signal?.addEventListener('abort', abort, { once: true });
    try {
      process.signal?.throwIfAborted();
      const outputs: Promise<void>[] = [];
      const sink = (): OutputSink => {
        let ended = (): void => undefined;
        outputs.push(new Promise((resolve) => (ended = resolve)));
        return { write: process.onOutput, end: () => ended() };
      };
      const { argv, env, cwd, user } = process;
      const started = await container.agent.start({ argv, env, cwd, user, stdin: 'null', stdout: 'pipe', stderr: 'pipe' }, { stdout: sink(), stderr: sink() });
      const exit = await started.exited;
      await Promise.race([Promise.all(outputs), container.exited]);
      return exit;
    } finally {
      process.signal?.removeEventListener('abort', abort);
      await container.kill();
      process.signal?.throwIfAborted();
    }
  }

  async #layerOf(root: MountedRoot, mounts: readonly Mount[]): Promise<string | undefined> {
    const layer = await root.snapshot({ consume: true });
    const path = layerPath(this.options.stateDir, layer);
    for (const { target } of mounts) await removeMountPoint(path, target);
    if ((await readdir(path)).length > 0) return layer;
    await rmdir(path);
    return undefined;
  }
}

/** What the runtime made to mount on is no part of the image. The sandbox is gone: nobody can swap a link in. */
async function removeMountPoint(layer: string, target: string): Promise<void> {
  const components = target.split('/').filter((component) => component !== '');
  const parents = components.map((_, index) => join(layer, ...components.slice(0, index + 1)));
  for (const path of parents) {
    const isDirectory = await lstat(path).then(
      (found) => found.isDirectory(),
      (error: unknown) => {
        if (isGone(error)) return false;
        throw error;
      },
    );
    if (!isDirectory) return;
  }
  for (const path of parents.toReversed()) {
    const kept = await rmdir(path).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOTEMPTY') return true;
        throw error;
      },
    );
    if (kept) return;
  }
}
