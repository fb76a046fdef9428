// The container that a probe runs: the specification of a sandbox, on this machine's /usr, with a shell as PID 1.

import { spawn } from 'node:child_process';
import { chown, lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mount, ROOT_UID } from '../driver.js';
import { AGENT_TARGET, type BundleFeatures, ociConfig } from '../oci/bundle.js';
import { Cgroup, CGROUP_PARENT } from './cgroups.js';
import { isGone } from './process-identity.js';

const TIMEOUT_MS = 20_000;

/** Waits for a line, so that its control group can be read meanwhile, then tries to exceed its limits. */
const SCRIPT = `
echo ready
read go
echo owner=$(stat -c %u /usr)
sed -n 's/^\\(Seccomp\\|NoNewPrivs\\):[[:space:]]*/\\1=/p' /proc/self/status
unshare --user true 2>/dev/null && echo namespaces=free
echo memory=$(head -c 150000000 /dev/zero | tail -c 140000000 | wc -c)
( i=0; while [ $i -lt 100 ]; do sleep 1 & i=$((i+1)); done; echo pids=free ) 2>/dev/null
exit 0
`;

const LIMITS = { memoryBytes: 64 * 1024 * 1024, cpuCores: 0.5, pids: 32 };

/** What held inside the container. */
export interface ProbeFacts {
  /** Files of the host's root belonged to the container's root. */
  idmap: boolean;
  seccomp: boolean;
  noNewPrivileges: boolean;
  memory: boolean;
  pids: boolean;
  cpu: boolean;
  /** The compiled seccomp filter, base64, where the runtime leaves it to be found. */
  seccompBpf: string | undefined;
}

export interface ProbeContainerOptions {
  runtimePath: string;
  /** Is made and removed. */
  directory: string;
  features: BundleFeatures;
}

/** Rejects with the runtime's own words when it cannot run the container at all. */
export async function runProbeContainer({ runtimePath, directory, features }: ProbeContainerOptions): Promise<ProbeFacts> {
  const id = `probe-${process.pid}`;
  const cgroup = new Cgroup(`${CGROUP_PARENT}/${id}`);
  await rm(directory, { recursive: true, force: true });
  await writeBundle(directory, id, cgroup.path, features);
  try {
    const child = spawn(
      runtimePath,
      ['--root', join(directory, 'oci'), '--log', join(directory, 'log'), 'run', '--bundle', directory, id],
      { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] }, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
    );
    // A runtime that fails closes its stdin; its exit tells why.
    child.stdin.on('error', () => undefined);
    let output = '';
    let inspected: Promise<{ cpu: boolean; seccompBpf: string | undefined }> | undefined;
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      output += chunk.slice(0, 65_536 - output.length);
      if (inspected !== undefined || !output.includes('ready\n')) return;
      inspected = inspect(cgroup, join(directory, 'oci', id)).finally(() => child.stdin.end('go\n'));
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (inspected === undefined || !output.includes('memory=')) throw new Error(await reason(join(directory, 'log'), code));
    const facts = new Set(output.split('\n'));
    return {
      idmap: facts.has('owner=0'),
      seccomp: facts.has('Seccomp=2') && !facts.has('namespaces=free'),
      noNewPrivileges: facts.has('NoNewPrivs=1'),
      memory: facts.has('memory=0'),
      pids: !facts.has('pids=free'),
      ...(await inspected),
    };
  } finally {
    await cgroup.killAll(5000);
    await cgroup.remove();
    await rm(directory, { recursive: true, force: true });
  }
}

async function inspect(cgroup: Cgroup, stateDirectory: string): Promise<{ cpu: boolean; seccompBpf: string | undefined }> {
  const cores = await cgroup.cpuLimit();
  return { cpu: cores === LIMITS.cpuCores, seccompBpf: await readIfThere(join(stateDirectory, 'seccomp.bpf'), 'base64') };
}

async function writeBundle(directory: string, id: string, cgroupPath: string, features: BundleFeatures): Promise<void> {
  const rootfs = join(directory, 'root');
  await mkdir(rootfs, { recursive: true, mode: 0o711 });
  await chown(rootfs, ROOT_UID, ROOT_UID);
  const mounts: Mount[] = [];
  for (const path of ['/usr', '/bin', '/lib', '/lib32', '/lib64', '/libx32', '/sbin']) {
    const stats = await lstat(path).catch((error: unknown) => {
      if (!isGone(error)) throw error;
      return undefined;
    });
    if (stats?.isSymbolicLink() === true) await symlink(await readlink(path), join(rootfs, path));
    else if (stats !== undefined) mounts.push({ source: path, target: path, readOnly: true, idmap: true });
  }
  const spec = { id, hostname: 'probe', rootfs, mounts, limits: LIMITS };
  const config = ociConfig({ spec, agentPath: '/bin/sh', cgroupPath, features });
  const args = [AGENT_TARGET, '-c', SCRIPT];
  await writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, process: { ...config.process, args } }));
}

async function reason(log: string, code: number | null): Promise<string> {
  const words = (await readIfThere(log, 'utf8'))?.trim().slice(-1000);
  return words || `ended with ${code === null ? 'a signal (it may have hung)' : `code ${code}`} and said nothing`;
}

async function readIfThere(path: string, encoding: 'utf8' | 'base64'): Promise<string | undefined> {
  try {
    return await readFile(path, encoding);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
