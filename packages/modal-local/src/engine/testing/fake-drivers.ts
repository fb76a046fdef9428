// Drivers without a machine, for tests of the domain: containers are objects, and a test plays the processes in them.

import type { RootImage } from '../../images/driver.js';
import type { AgentConnection, AgentProcess, OutputSink, ProcessExit, ProcessSpec } from '../../runtime/agent/connection.js';
import { AgentError } from '../../runtime/agent/errors.js';
import type { Container, ContainerSpec } from '../../runtime/driver.js';
import { REAL_WORLD } from '../world.js';
import { EMPTY_IMAGE_CONFIG } from '../../images/driver.js';
import type { SandboxDrivers } from '../sandboxes/drivers.js';

export class FakeProcess implements AgentProcess {
  readonly pid = 2;
  readonly exited: Promise<ProcessExit>;
  readonly spec: ProcessSpec;
  stdin = '';
  stdinClosed = false;
  readonly #output: { stdout: OutputSink; stderr: OutputSink };
  #exit: (exit: ProcessExit) => void = () => undefined;
  #lose: (error: Error) => void = () => undefined;

  constructor(spec: ProcessSpec, output: { stdout: OutputSink; stderr: OutputSink }) {
    this.spec = spec;
    this.#output = output;
    this.exited = new Promise((resolve, reject) => {
      this.#exit = resolve;
      this.#lose = reject;
    });
    this.exited.catch(() => undefined);
  }

  print(text: string): void {
    void this.#output.stdout.write(Buffer.from(text));
  }

  complain(text: string): void {
    void this.#output.stderr.write(Buffer.from(text));
  }

  exit(exit: ProcessExit): void {
    this.#output.stdout.end();
    this.#output.stderr.end();
    this.#exit(exit);
  }

  /** Its container ends, or something else costs its life. */
  lose(error: Error = new AgentError('AGENT_GONE', 'the container is gone')): void {
    this.#lose(error);
  }

  async writeStdin(chunk: Uint8Array): Promise<void> {
    this.stdin += Buffer.from(chunk).toString();
  }

  closeStdin(): void {
    this.stdinClosed = true;
  }

  signal(signal: number): void {
    this.exit({ kind: 'signaled', signal, timedOut: false });
  }

  resize(): void {}
}

export class FakeContainer implements Container {
  readonly id: string;
  readonly pid = 1;
  readonly processes: FakeProcess[] = [];
  readonly exited: Promise<{ oomKilled: boolean }>;
  readonly agent: AgentConnection;
  oom = false;
  #gone: () => void = () => undefined;

  constructor({ id }: ContainerSpec) {
    this.id = id;
    const closed = new Promise<void>((resolve) => (this.#gone = resolve));
    this.exited = closed.then(() => ({ oomKilled: this.oom }));
    this.agent = {
      ready: Promise.resolve(),
      closed,
      start: async (spec, output) => {
        const process = new FakeProcess(spec, output);
        this.processes.push(process);
        return process;
      },
      dial: () => Promise.reject(new AgentError('ECONNREFUSED', 'nothing listens')),
      close: () => undefined,
    };
  }

  async kill(): Promise<void> {
    this.#gone();
    for (const process of this.processes) process.lose();
  }

  oomKilled = async () => this.oom;
  pause = async () => undefined;
  resume = async () => undefined;
  mount = async () => undefined;
  unmount = async () => undefined;
  openNetwork = async () => ({ path: `/networks/${this.id}`, [Symbol.asyncDispose]: async () => undefined });
  usage = async () => ({ memoryBytes: 0, cpuSeconds: 0, pids: 1 });
  [Symbol.asyncDispose] = () => this.kill();
}

export interface FakeDrivers extends SandboxDrivers {
  containers: FakeContainer[];
  /** Things attached and not released: roots and networks. */
  held: Set<string>;
}

export function fakeDrivers(overrides: Partial<SandboxDrivers> = {}): FakeDrivers {
  const containers: FakeContainer[] = [];
  const held = new Set<string>();
  const hold = (what: string) => {
    held.add(what);
    const release = async () => void held.delete(what);
    return { release, [Symbol.asyncDispose]: release };
  };
  const image: RootImage = { layers: [], config: EMPTY_IMAGE_CONFIG, host: true };
  return {
    containers,
    held,
    runtime: {
      name: 'fake',
      start: async (spec) => {
        const container = new FakeContainer(spec);
        containers.push(container);
        return container;
      },
    },
    roots: {
      mount: async (_image, { id }) => ({ path: `/roots/${id}`, mounts: [], diskUsage: async () => 0, snapshot: async () => 'layer', ...hold(`root ${id}`) }),
    },
    network: {
      name: 'none',
      limitation: undefined,
      attach: async (id) => ({ netnsPath: undefined, resolvConf: '', setPolicy: async () => undefined, ...hold(`network ${id}`) }),
      [Symbol.asyncDispose]: async () => undefined,
    },
    images: { root: () => image },
    certificate: { certificate: '', key: '', authorityPath: '' },
    volumes: { mountFor: () => Promise.reject(new Error('no volumes here')) },
    buckets: { mountFor: () => Promise.reject(new Error('no buckets here')) },
    identityToken: ({ id }) => `token of ${id}`,
    finished: { byId: () => undefined, byName: () => undefined, insert: () => undefined },
    atEnd: async () => undefined,
    world: REAL_WORLD,
    host: { cpuCores: 4, memoryBytes: 8 * 1024 ** 3 },
    reportDefect: (where, error) => {
      throw new Error(where, { cause: error });
    },
    runDirectory: '/nowhere',
    ...overrides,
  };
}
