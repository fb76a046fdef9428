// Starts containers with an existing OCI runtime. The runtime itself is gone once the container runs: nothing of the
// host stays beside a sandbox but the engine's end of the agent's socket.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../engine/errors.js';
import type { AgentConnection } from '../agent/connection.js';
import type { Container, ContainerRuntime, ContainerSpec } from '../driver.js';
import { Cgroup, CGROUP_PARENT } from '../host/cgroups.js';
import type { HostProcess, Launch } from '../host/host-process.js';
import { isGone } from '../host/process-identity.js';
import { stageAgent } from './agent-stage.js';
import { type BundleFeatures, ociConfig } from './bundle.js';
import { OciContainer, readPidFile } from './container.js';

/** Longest time from the start of the OCI runtime to the agent's hello. */
const START_DEADLINE_MS = 20_000;
/** Longest wait for the end of a start that has failed. */
const ABANDON_DEADLINE_MS = 5000;
const PID_FILE = 'pid';
const LOG = 'log';
const CONTAINER_ID = /^[A-Za-z0-9-]{1,64}$/;

/** An OCI runtime that has proved itself on this host. */
export interface RuntimeChoice {
  name: string;
  path: string;
  version: string;
  features: BundleFeatures;
}

export interface OciRuntimeOptions {
  runtime: RuntimeChoice;
  /** 12 hexadecimal digits. */
  engineId: string;
  /** This engine's own directory for what lives no longer than it does. */
  runDirectory: string;
  /** The agent's static binary on the host. */
  agentPath: string;
  host: HostProcess;
  /** Speaks the agent's protocol on the socket; called before the container starts. */
  connect: (socket: Socket) => AgentConnection;
}

export class OciRuntime implements ContainerRuntime {
  readonly name: string;
  readonly #options: OciRuntimeOptions;
  #agentPath: Promise<string> | undefined;

  constructor(options: OciRuntimeOptions) {
    this.name = options.runtime.name;
    this.#options = options;
  }

  async start(spec: ContainerSpec, options: { signal?: AbortSignal } = {}): Promise<Container> {
    if (!CONTAINER_ID.test(spec.id)) throw new Error(`container id ${JSON.stringify(spec.id)} is not [A-Za-z0-9-]{1,64}`);
    options.signal?.throwIfAborted();
    const { runtime, engineId, runDirectory, host } = this.#options;
    const cgroup = new Cgroup(`${CGROUP_PARENT}/${engineId}/${spec.id}`);
    const bundle = join(runDirectory, 'bundles', spec.id);
    const state = join(runDirectory, 'oci', spec.id);
    const agentPath = await this.#stagedAgent();
    await writeBundle(bundle, ociConfig({ spec, agentPath, cgroupPath: cgroup.path, features: runtime.features }));

    const launch = this.#launch(spec.id, bundle);
    const agent = this.#options.connect(launch.socket);
    const started = launch.exited.then(async (code) => {
      if (code !== 0) throw await failure(runtime.name, join(bundle, LOG), code);
    });
    const deadline = AbortSignal.timeout(START_DEADLINE_MS);
    const stop = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    try {
      await Promise.race([started.then(async () => await agent.ready), aborted(stop), hungUp(agent, started)]);
      const pid = await readPidFile(join(bundle, PID_FILE));
      const directories = [bundle, state];
      return new OciContainer({ id: spec.id, pid, agent, cgroup, directories, idmap: runtime.features.idmap, host });
    } catch (error) {
      agent.close();
      // What the OCI runtime is in the middle of making cannot be removed yet.
      await Promise.race([launch.exited.catch(() => undefined), sleep(ABANDON_DEADLINE_MS, undefined, { ref: false })]);
      await cgroup.killAll(ABANDON_DEADLINE_MS);
      await cgroup.remove();
      await Promise.all([bundle, state].map(async (path) => await rm(path, { recursive: true, force: true })));
      options.signal?.throwIfAborted();
      throw deadline.aborted
        ? new EngineError('UNAVAILABLE', `${this.name} did not start a container within ${START_DEADLINE_MS / 1000} s; the machine may be overloaded`)
        : error;
    }
  }

  /** What could not be staged is tried again for the next container: the machine may have room by then. */
  async #stagedAgent(): Promise<string> {
    this.#agentPath ??= stageAgent(this.#options.agentPath, this.#options.runDirectory).catch((error: unknown) => {
      this.#agentPath = undefined;
      throw error;
    });
    return await this.#agentPath;
  }

  #launch(id: string, bundle: string): Launch {
    const { runtime, runDirectory, host } = this.#options;
    return host.launch([
      ...[runtime.path, '--root', join(runDirectory, 'oci'), '--log', join(bundle, LOG)],
      ...['run', '--detach', '--preserve-fds', '1', '--pid-file', join(bundle, PID_FILE), '--bundle', bundle, id],
    ]);
  }
}

async function writeBundle(bundle: string, config: object): Promise<void> {
  try {
    await mkdir(bundle, { recursive: true, mode: 0o700 });
    await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
  } catch (error) {
    await rm(bundle, { recursive: true, force: true });
    throw error;
  }
}

async function failure(name: string, log: string, code: number): Promise<Error> {
  let words = '';
  try {
    words = (await readFile(log, 'utf8')).trim().slice(-2000);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return new Error(`${name} could not start the container (code ${code}): ${words || 'no message'}`);
}

async function aborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

/** The runtime's own failure explains more than a closed socket. */
async function hungUp(agent: AgentConnection, started: Promise<void>): Promise<never> {
  await agent.closed;
  await started;
  throw new Error('the agent ended before it said hello; its binary may not fit this machine');
}
