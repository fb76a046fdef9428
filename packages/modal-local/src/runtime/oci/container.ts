// One running container. Its end is seen on the agent's socket: the agent is PID 1, so the kernel closes the socket
// only when every process of the container is being killed.

import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../engine/errors.js';
import type { AgentConnection } from '../agent/connection.js';
import { type Container, type ContainerExit, type ContainerUsage, type Mount, type NetworkNamespace, ROOT_UID } from '../driver.js';
import type { Cgroup } from '../host/cgroups.js';
import type { HostProcess } from '../host/host-process.js';
import { isGone, sendSignal } from '../host/process-identity.js';

/** Longest time that a container may take to disappear after SIGKILL. */
const KILL_DEADLINE_MS = 5000;

export interface OciContainerOptions {
  id: string;
  pid: number;
  agent: AgentConnection;
  cgroup: Cgroup;
  /** Directories on the host that are of no use once the container has ended. */
  directories: readonly string[];
  idmap: boolean;
  host: HostProcess;
}

export class OciContainer implements Container {
  readonly id: string;
  readonly pid: number;
  readonly agent: AgentConnection;
  readonly exited: Promise<ContainerExit>;
  readonly #cgroup: Cgroup;
  readonly #directories: readonly string[];
  readonly #idmap: boolean;
  readonly #host: HostProcess;
  #ended = false;
  #paused = false;

  constructor(options: OciContainerOptions) {
    this.id = options.id;
    this.pid = options.pid;
    this.agent = options.agent;
    this.#cgroup = options.cgroup;
    this.#directories = options.directories;
    this.#idmap = options.idmap;
    this.#host = options.host;
    this.exited = this.agent.closed.then(async () => await this.#finish());
    // kill() reports a failed clean-up; nobody else need wait for it.
    this.exited.catch(() => undefined);
  }

  async kill(): Promise<void> {
    if (!this.#ended) {
      // A process frozen by version 1 of the control groups dies only once it is thawed.
      if (this.#paused) await this.resume().catch(ignoreGone);
      if (!this.#ended) sendSignal(this.pid, 'SIGKILL');
    }
    await Promise.race([this.exited, this.#escalate()]);
  }

  async pause(): Promise<void> {
    this.#paused = true;
    try {
      await this.#cgroup.setFrozen(true);
    } catch (error) {
      this.#paused = false;
      throw error;
    }
  }

  async resume(): Promise<void> {
    await this.#cgroup.setFrozen(false);
    this.#paused = false;
  }

  async usage(): Promise<ContainerUsage> {
    return await this.#cgroup.usage();
  }

  async oomKilled(): Promise<boolean> {
    if (this.#ended) return (await this.exited).oomKilled;
    return (await this.#cgroup.oomKills()) > 0;
  }

  async mount(mount: Mount): Promise<void> {
    const { source, target, readOnly } = mount;
    const options = [...(readOnly ? ['ro'] : []), ...(mount.idmap === true && this.#idmap ? ['idmap'] : [])];
    await this.#host.mountInto(this.pid, { source, target, options, owner: ROOT_UID });
  }

  async unmount(target: string): Promise<void> {
    await this.#host.unmountFrom(this.pid, target);
  }

  async openNetwork(): Promise<NetworkNamespace> {
    try {
      const file = await open(`/proc/${this.pid}/ns/net`);
      // Only now is it known whose it is: the process may have ended, and its id may be another's.
      if ((await this.#cgroup.processes()).includes(this.pid)) {
        return { path: `/proc/${process.pid}/fd/${file.fd}`, [Symbol.asyncDispose]: () => file.close() };
      }
      await file.close();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    throw new EngineError('NOT_FOUND', `Container ${this.id} has ended`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  /** The agent has hung up: whatever it claims, its container ends now. */
  async #finish(): Promise<ContainerExit> {
    this.#ended = true;
    const oomKilled = (await this.#cgroup.oomKills()) > 0;
    if (this.#paused) await this.#cgroup.setFrozen(false);
    const gone = await this.#cgroup.killAll(KILL_DEADLINE_MS);
    if (!gone) throw new Error(`container ${this.id}: processes are left ${KILL_DEADLINE_MS} ms after SIGKILL`);
    await this.#cgroup.remove();
    await Promise.all(this.#directories.map(async (path) => await rm(path, { recursive: true, force: true })));
    return { oomKilled };
  }

  /** The socket may outlive the processes when it has leaked; the control group tells the truth. */
  async #escalate(): Promise<void> {
    await sleep(KILL_DEADLINE_MS / 2, undefined, { ref: false });
    if (this.#ended) {
      await this.exited;
      return;
    }
    await this.#cgroup.killAll(KILL_DEADLINE_MS / 2);
    this.agent.close();
    await this.exited;
  }
}

/** The pid that the OCI runtime has written for a container's first process. */
export async function readPidFile(path: string): Promise<number> {
  const pid = Number((await readFile(path, 'latin1')).trim());
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new Error(`${path} does not hold a process id`);
  return pid;
}

/** Another kill was quicker, and nothing is left that could be frozen. */
function ignoreGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
