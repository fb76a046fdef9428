// The OCI configuration of one container: everything that stands between hostile code and the host is named here.

import { type ContainerSpec, ID_MAP_SIZE, type Mount, ROOT_UID } from '../driver.js';
import { containerRlimits, type ResourceLimit } from '../host/rlimits.js';
import { type SeccompProfile, seccompProfile } from './seccomp.js';

/** Where the agent's binary is inside every container. */
export const AGENT_TARGET = '/__modal/.bin/modal-sandbox-fs-tools';

/** What the chosen OCI runtime can do, as found by the probe. */
export interface BundleFeatures {
  /** Idmapped bind mounts work. */
  idmap: boolean;
  /** The compiled seccomp filter, base64; saves compiling it at every start. */
  seccompBpf?: string;
}

interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: readonly string[];
}

export interface OciConfig {
  ociVersion: string;
  annotations: Readonly<Record<string, string>>;
  root: { path: string; readonly: boolean };
  hostname: string;
  process: {
    terminal: boolean;
    user: { uid: number; gid: number };
    args: readonly string[];
    env: readonly string[];
    cwd: string;
    noNewPrivileges: boolean;
    capabilities: Readonly<Record<'bounding' | 'effective' | 'permitted', readonly string[]>>;
    rlimits: readonly ResourceLimit[];
  };
  mounts: readonly OciMount[];
  linux: Readonly<Record<string, unknown>> & { seccomp?: SeccompProfile };
}

// No MKNOD, NET_RAW, SETFCAP, SETPCAP or AUDIT_WRITE: nothing that an ordinary program of root's would miss.
const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
];

const KERNEL_MOUNTS: readonly OciMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=1m'] },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5', 'max=1024'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  // Not sysfs: it would show the host's disks, network cards and serial numbers. What programs read there is the CPU list.
  { destination: '/sys', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'nosuid', 'noexec', 'nodev', 'mode=755', 'size=64k'] },
  bind('/sys/devices/system/cpu', '/sys/devices/system/cpu', ['ro', 'noexec']),
];

const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/cmdline',
  '/proc/config.gz',
  '/proc/interrupts',
  '/proc/kallsyms',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/modules',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
];

const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const CPU_PERIOD_MICROSECONDS = 100_000;
// The kernel refuses a quota below 1 ms.
const MIN_CPU_QUOTA_MICROSECONDS = 1000;

export interface BundleOptions {
  spec: ContainerSpec;
  /** Absolute path of the agent's binary on the host. */
  agentPath: string;
  cgroupPath: string;
  features: BundleFeatures;
}

export function ociConfig({ spec, agentPath, cgroupPath, features }: BundleOptions): OciConfig {
  const map = [{ containerID: 0, hostID: ROOT_UID, size: ID_MAP_SIZE }];
  return {
    ociVersion: '1.0.2',
    annotations: features.seccompBpf === undefined ? {} : { 'run.oci.seccomp_bpf_data': features.seccompBpf },
    root: { path: spec.rootfs, readonly: false },
    hostname: spec.hostname,
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [AGENT_TARGET, '--init'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      cwd: '/',
      noNewPrivileges: true,
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: containerRlimits(),
    },
    mounts: [
      ...KERNEL_MOUNTS,
      sharedMemory(spec.limits.memoryBytes),
      ...spec.mounts.map((mount) => volume(mount, features.idmap)),
      bind(agentPath, AGENT_TARGET, ['ro']),
    ],
    linux: {
      namespaces: [
        ...['pid', 'mount', 'uts', 'ipc', 'cgroup', 'user'].map((type) => ({ type })),
        { type: 'network', ...(spec.netnsPath === undefined ? {} : { path: spec.netnsPath }) },
      ],
      uidMappings: map,
      gidMappings: map,
      cgroupsPath: `/${cgroupPath}`,
      resources: resources(spec),
      // As in the namespaces that network drivers make, which belong to the host: there the runtime may not write.
      sysctl: spec.netnsPath === undefined ? { 'net.ipv4.ip_unprivileged_port_start': '0' } : {},
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
      seccomp: seccompProfile(),
    },
  };
}

function resources({ limits }: ContainerSpec): object {
  const quota = Math.max(MIN_CPU_QUOTA_MICROSECONDS, Math.round(limits.cpuCores * CPU_PERIOD_MICROSECONDS));
  return {
    memory: { limit: limits.memoryBytes, swap: limits.memoryBytes },
    pids: { limit: limits.pids },
    cpu: { quota, period: CPU_PERIOD_MICROSECONDS },
  };
}

/** /dev/shm is charged to the container's memory; half of it, as Linux does for a machine. */
function sharedMemory(memoryBytes: number): OciMount {
  const kib = Math.max(64, Math.floor(memoryBytes / 2 / 1024));
  return {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${kib}k`],
  };
}

function volume(mount: Mount, idmap: boolean): OciMount {
  const options = [...(mount.readOnly ? ['ro'] : ['rw']), ...(mount.idmap === true && idmap ? ['idmap'] : [])];
  return bind(mount.source, mount.target, options);
}

function bind(source: string, destination: string, options: readonly string[]): OciMount {
  return { destination, type: 'bind', source, options: ['bind', 'nosuid', 'nodev', ...options] };
}
