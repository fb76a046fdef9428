// What the engine asks of an OCI runtime. One folder an implementation.

import type { AgentConnection } from './agent/connection.js';

export interface Mount {
  /** Absolute path on the host. */
  source: string;
  /** Absolute path inside the container; the runtime creates it when it is missing. */
  target: string;
  readOnly: boolean;
  /** Shift owners so that host root appears as the container's root, where the kernel can (idmapped mount). */
  idmap?: boolean;
}

export interface ResourceLimits {
  /** Bytes of memory and swap together. */
  memoryBytes: number;
  /** CPU cores as a fraction; 0.5 is half of one core's time. */
  cpuCores: number;
  /** Processes and threads. */
  pids: number;
}

export interface ContainerSpec {
  /** Unique on this machine; `[A-Za-z0-9-]`, at most 64 characters. */
  id: string;
  hostname: string;
  /** A mounted, writable root owned by the user namespace's root (`ROOT_UID`). */
  rootfs: string;
  mounts: readonly Mount[];
  limits: ResourceLimits;
  /** A ready network namespace, or none: a new one that holds only loopback. */
  netnsPath?: string;
}

export interface ContainerExit {
  /** The kernel's OOM killer ended a process of this container. */
  oomKilled: boolean;
}

export interface ContainerUsage {
  memoryBytes: number;
  cpuSeconds: number;
  pids: number;
}

/** A network namespace that cannot become another one until this is disposed of. */
export interface NetworkNamespace extends AsyncDisposable {
  readonly path: string;
}

/** A running container whose PID 1 is the agent. */
export interface Container extends AsyncDisposable {
  readonly id: string;
  /** The agent's process id on the host. */
  readonly pid: number;
  readonly agent: AgentConnection;
  readonly exited: Promise<ContainerExit>;
  /** Ends every process with SIGKILL; resolves when nothing of the container is left (at most 5 s). Idempotent. */
  kill(): Promise<void>;
  /** Throws FAILED_PRECONDITION, and the container goes on, when a process does not stand still. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  usage(): Promise<ContainerUsage>;
  /** Whether the OOM killer has struck so far. */
  oomKilled(): Promise<boolean>;
  /**
   * Makes a directory of the host appear at `target` inside the running container, and takes it away again.
   * Resolved inside the container's mount namespace: a symlink in `target` never leads out of it.
   */
  mount(mount: Mount): Promise<void>;
  unmount(target: string): Promise<void>;
  /** The container's own, for another container to join. Throws NOT_FOUND when it has ended. */
  openNetwork(): Promise<NetworkNamespace>;
}

export interface ContainerRuntime {
  /** `crun` or `runc`. */
  readonly name: string;
  /** Resolves when the agent is ready to start processes. */
  start(spec: ContainerSpec, options?: { signal?: AbortSignal }): Promise<Container>;
}

/** Uid and gid on the host of every container's root; the map is 65,536 ids wide. */
export const ROOT_UID = 200_000;
export const ID_MAP_SIZE = 65_536;
