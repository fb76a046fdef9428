// Starts containers with an existing OCI runtime. The runtime itself is gone once the container runs: nothing of the
// host stays beside a sandbox but the engine's end of the agent's socket.

import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import type { AgentConnection } from '../agent/connection.js';
import type { Container, ContainerRuntime, ContainerSpec } from '../driver.js';
import { Cgroup, CGROUP_PARENT } from '../host/cgroups.js';
import { isGone, sendSignal } from '../host/process-identity.js';
import { type BundleFeatures, ociConfig } from './bundle.js';
import { OciContainer, readPidFile } from './container.js';

/** Longest time from the start of the OCI runtime to the agent's hello. */
const START_DEADLINE_MS = 20_000;
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
  /** Speaks the agent's protocol on the socket; called before the container starts. */
  connect: (socket: Socket) => AgentConnection;
}

export class OciRuntime implements ContainerRuntime {
  readonly name: string;
  readonly #options: OciRuntimeOptions;

  constructor(options: OciRuntimeOptions) {
    this.name = options.runtime.name;
    this.#options = options;
  }

  async start(spec: ContainerSpec, options: { signal?: AbortSignal } = {}): Promise<Container> {
    if (!CONTAINER_ID.test(spec.id)) throw new Error(`container id ${JSON.stringify(spec.id)} is not [A-Za-z0-9-]{1,64}`);
    options.signal?.throwIfAborted();
    const { runtime, engineId, runDirectory, agentPath } = this.#options;
    const cgroup = new Cgroup(`${CGROUP_PARENT}/${engineId}/${spec.id}`);
    const bundle = join(runDirectory, 'bundles', spec.id);
    const state = join(runDirectory, 'oci', spec.id);
    const pidFile = join(bundle, 'pid');
    await mkdir(bundle, { recursive: true, mode: 0o700 });
    const config = ociConfig({ spec, agentPath, cgroupPath: cgroup.path, features: runtime.features });
    await writeFile(join(bundle, 'config.json'), JSON.stringify(config));

    const launch = this.#launch(spec.id, bundle, pidFile);
    const agent = this.#options.connect(launch.socket);
    const deadline = AbortSignal.timeout(START_DEADLINE_MS);
    const stop = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    try {
      await Promise.race([launch.started.then(async () => await agent.ready), aborted(stop), hungUp(agent, launch.started)]);
      const pid = await readPidFile(pidFile);
      const directories = [bundle, state];
      return new OciContainer({ id: spec.id, pid, agent, cgroup, directories, idmap: runtime.features.idmap });
    } catch (error) {
      if (launch.pid !== undefined) sendSignal(launch.pid, 'SIGKILL');
      agent.close();
      await cgroup.killAll(Date.now() + 5000);
      await cgroup.remove();
      await Promise.all([bundle, state].map(async (path) => await rm(path, { recursive: true, force: true })));
      options.signal?.throwIfAborted();
      throw deadline.aborted
        ? new EngineError('UNAVAILABLE', `${this.name} did not start a container within ${START_DEADLINE_MS / 1000} s; the machine may be overloaded`)
        : error;
    }
  }

  #launch(id: string, bundle: string, pidFile: string): Launch {
    const { runtime, runDirectory } = this.#options;
    const log = join(bundle, 'log');
    const child = spawn(
      runtime.path,
      [
        ...['--root', join(runDirectory, 'oci'), '--log', log],
        ...['run', '--detach', '--preserve-fds', '1', '--pid-file', pidFile, '--bundle', bundle, id],
      ],
      // The runtime writes its complaints to the log: PID 1 must not inherit a way to write to the engine.
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] } },
    );
    const socket = child.stdio[3];
    if (!(socket instanceof Socket)) throw new Error('Node gave no socket for the fourth stdio entry');
    const started = new Promise<void>((resolve, reject) => {
      child.once('error', (error) => {
        reject(new EngineError('FAILED_PRECONDITION', `cannot run ${runtime.path}: ${error.message}`, { cause: error }));
      });
      child.once('exit', (code, signal) => {
        if (code === 0) resolve();
        else failure(runtime.name, log, signal ?? `code ${code}`).then(reject, reject);
      });
    });
    return { pid: child.pid, socket, started };
  }
}

interface Launch {
  /** Absent when the runtime could not even be spawned. */
  pid: number | undefined;
  socket: Socket;
  /** The runtime has started the container's first process and has exited. */
  started: Promise<void>;
}

async function failure(name: string, log: string, how: string): Promise<Error> {
  let words = '';
  try {
    words = (await readFile(log, 'utf8')).trim().slice(-2000);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return new Error(`${name} could not start the container (${how}): ${words || 'no message'}`);
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
