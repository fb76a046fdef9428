// What the engine asks of image storage: layers unpacked once, stacked under one writable directory a sandbox.

import type { Mount } from '../runtime/driver.js';

export interface ImageConfig {
  env: Readonly<Record<string, string>>;
  /** Absolute; `/` when the image says nothing. */
  workdir: string;
  /** As in an OCI image: `user`, `uid:gid`, …; empty is root. */
  user: string;
  entrypoint: readonly string[];
  cmd: readonly string[];
  labels: Readonly<Record<string, string>>;
  exposedPorts?: readonly string[];
  /** The shell of shell-form RUN, ENTRYPOINT and CMD. */
  shell?: readonly string[];
}

export const EMPTY_IMAGE_CONFIG: ImageConfig = {
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  workdir: '/',
  user: '',
  entrypoint: [],
  cmd: [],
  labels: {},
};

/** A root file system that sandboxes can start from. Immutable. */
export interface RootImage {
  /** Layer ids, oldest first. */
  layers: readonly string[];
  config: ImageConfig;
  /** The image is this machine: its `/usr` is mounted read-only into each sandbox. */
  host: boolean;
}

export interface MountedRoot extends AsyncDisposable {
  /** The directory to give to the runtime as the root. */
  readonly path: string;
  /** Mounts that belong to this root (the host image's `/usr`). */
  readonly mounts: readonly Mount[];
  /** Bytes that the sandbox has written. */
  diskUsage(): Promise<number>;
  /**
   * Turns what the sandbox has written into a layer and returns its id. With `consume` the sandbox has ended: the
   * directory is renamed, in constant time, and the root is gone. Without, it is copied in time that grows with what changed.
   */
  snapshot(options: { consume: boolean }): Promise<string>;
  /** Unmounts and deletes what the sandbox wrote. Idempotent. */
  release(): Promise<void>;
}

export interface RootOptions {
  /** Unique on this machine, at most 64 characters of `[A-Za-z0-9-]`. */
  id: string;
  /** Bytes that the sandbox may write; ENOSPC beyond. */
  diskBytes?: number;
  /**
   * Files that the sandbox starts with on top of the image: path directly below /etc (`/etc/hosts`, `/etc/resolv.conf`)
   * to content. The sandbox may change them; a snapshot holds them only when it did.
   */
  files?: Readonly<Record<string, string>>;
  /** Nothing but the image, with its root's owner and mode: for a mount inside a running sandbox. */
  bare?: boolean;
}

export interface RootFilesystems {
  mount(image: RootImage, options: RootOptions): Promise<MountedRoot>;
}
