// What tests of the runtime share: real containers of the host image in a scratch state directory.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostImage, hostMounts } from '../../images/host/host-image.js';
import type { MountedRoot, RootImage } from '../../images/driver.js';
import { OverlayRoots } from '../../images/overlay/overlay-roots.js';
import type { Container, ContainerSpec } from '../driver.js';
import { cgroupMode } from '../host/cgroups.js';
import { runCommand } from '../host/command.js';
import { HostProcess } from '../host/host-process.js';
import { probeRuntime } from '../host/probe.js';
import { type Instance, registerInstance } from '../host/registry.js';
import { connectAgent } from '../agent/connect-agent.js';
import { OciRuntime } from '../oci/oci-runtime.js';

const PROGRAMS = fileURLToPath(new URL('../../../dist/agent/', import.meta.url));
const HOST_PROGRAM = join(PROGRAMS, 'modal-local-host');
export const AGENT = join(PROGRAMS, 'modal-local-agent');

export interface TestSandbox {
  readonly container: Container;
  readonly root: MountedRoot;
  /** Runs a shell script inside; the output is both streams. */
  sh(script: string): Promise<{ output: string; code: number }>;
}

export interface TestHost extends AsyncDisposable {
  readonly stateDir: string;
  readonly instance: Instance;
  readonly host: HostProcess;
  readonly roots: OverlayRoots;
  readonly runtime: OciRuntime;
  readonly image: RootImage;
  sandbox(spec?: Partial<ContainerSpec>, image?: RootImage): Promise<TestSandbox>;
}

export interface TestHostOptions {
  /** The first of these OCI runtimes that works. Default: as the engine chooses. */
  runtimes?: readonly string[];
  agentPath?: string;
}

export async function openTestHost({ runtimes, agentPath = AGENT }: TestHostOptions = {}): Promise<TestHost> {
  if (process.env['MODAL_LOCAL_TEST_NAMESPACE'] !== '1') {
    throw new Error('these tests mount things: run them as root with `npm test -- PATH`, which gives them a mount namespace');
  }
  // Another test file of this run may be doing the same.
  if (cgroupMode() === 'hybrid') await runCommand(['umount', '/sys/fs/cgroup/unified']);
  if (!existsSync(HOST_PROGRAM) || !existsSync(AGENT)) throw new Error('the agent is not built: run `npm run setup`');
  const stateDir = await mkdtemp(join(tmpdir(), 'modal-local-runtime-'));
  const instance = await registerInstance({ stateDir, ephemeral: true });
  const host = await HostProcess.start({ program: HOST_PROGRAM, runDirectory: instance.runDirectory });
  const roots = await OverlayRoots.open({
    stateDir,
    host,
    mountsDirectory: join(instance.runDirectory, 'roots'),
    hostMounts: await hostMounts(),
  });
  const runtime = new OciRuntime({
    runtime: await probeRuntime(runtimes),
    engineId: instance.engineId,
    runDirectory: instance.runDirectory,
    agentPath,
    host,
    connect: connectAgent,
  });
  const image = await hostImage(stateDir);
  const started: TestSandbox[] = [];
  let count = 0;
  return {
    stateDir,
    instance,
    host,
    roots,
    runtime,
    image,
    async sandbox(spec = {}, from = image) {
      const id = `t${++count}-${process.pid}`;
      const root = await roots.mount(from, { id, files: { '/etc/hosts': '127.0.0.1 localhost\n' } });
      const limits = { memoryBytes: 256 * 1024 * 1024, cpuCores: 1, pids: 64 };
      const mounts = [...root.mounts, ...(spec.mounts ?? [])];
      const container = await runtime.start({ id, hostname: 'modal', rootfs: root.path, limits, ...spec, mounts }).catch(async (error: unknown) => {
        await root.release();
        throw error;
      });
      const sandbox = { container, root, sh: async (script: string) => await run(container, from, script) };
      started.push(sandbox);
      return sandbox;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map(async ({ container }) => await container.kill()));
      await Promise.all(started.map(async ({ root }) => await root.release()));
      await host[Symbol.asyncDispose]();
      await instance[Symbol.asyncDispose]();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function run(container: Container, image: RootImage, script: string): Promise<{ output: string; code: number }> {
  let output = '';
  const sink = () => {
    let finish: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (finish = resolve));
    return { ended, write: (chunk: Buffer) => void (output += chunk.toString()), end: finish };
  };
  const [stdout, stderr] = [sink(), sink()];
  const process = await container.agent.start(
    { argv: ['sh', '-c', script], env: image.config.env, cwd: '/', stdin: 'null', stdout: 'pipe', stderr: 'pipe' },
    { stdout, stderr },
  );
  const exit = await process.exited;
  await Promise.all([stdout.ended, stderr.ended]);
  return { output, code: exit.kind === 'exited' ? exit.code : 128 + exit.signal };
}
