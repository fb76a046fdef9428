// Image storage of one state directory, for an engine or a command.

import type { ImageDrivers } from './engine/images/image-drivers.js';
import type { SnapshotDrivers } from './engine/snapshots/snapshots.js';
import { ImageBuilder } from './images/build/image-builder.js';
import { StepRunner } from './images/build/step-runner.js';
import { captureDirectory } from './images/directory/capture.js';
import type { RootFilesystems, RootImage } from './images/driver.js';
import { flattened } from './images/layers/flatten.js';
import { LayerStore } from './images/layers/layer-store.js';
import { Registry } from './images/registry/registry.js';
import type { NetworkDriver } from './network/driver.js';
import type { ContainerRuntime } from './runtime/driver.js';

export interface ImageMachinery {
  runtime: ContainerRuntime;
  roots: RootFilesystems;
  network: NetworkDriver;
  host: { cpuCores: number; memoryBytes: number; diskBytes: number | undefined };
  hostImage: RootImage | undefined;
}

/** A build may use most of the machine: it is the user's own, and sandboxes wait for it. */
const MEMORY_SHARE = 0.75;
const MAX_PIDS = 4096;

export async function openImages(stateDir: string, { runtime, roots, network, host, hostImage }: ImageMachinery): Promise<ImageDrivers> {
  const layers = new LayerStore(stateDir);
  await layers.open();
  const limits = { memoryBytes: Math.floor(host.memoryBytes * MEMORY_SHARE), cpuCores: host.cpuCores, pids: MAX_PIDS };
  const runner = new StepRunner({ stateDir, runtime, roots, network, limits, diskBytes: host.diskBytes });
  return { registry: new Registry(stateDir, layers), layers, hostImage, builder: (cache) => new ImageBuilder(stateDir, runner, cache) };
}

export function snapshotDrivers(stateDir: string): Omit<SnapshotDrivers, 'roots' | 'reportDefect'> {
  return {
    captureDirectory: async (pid, path) => await captureDirectory(stateDir, pid, path),
    flatten: async (layers) => await flattened(stateDir, layers),
  };
}
