// What this host can do, for `modal-local doctor`: facts, the engine's own probes, and what to do about each gap.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { arch, release } from 'node:os';
import { dirname, resolve } from 'node:path';
import { hasCode } from '../../error-code.js';
import { OVERLAY_FIX, overlayRefusal } from '../../images/overlay/probe.js';
import { cgroupMode, cgroupControllers } from './cgroups.js';
import { runCommand } from './command.js';
import { isGone } from './process-identity.js';
import { judgeRuntime, type RuntimeVerdict, RUNTIME_CANDIDATES } from './probe.js';
import { findProgram, HOST_PROGRAMS } from './programs.js';

export interface HostFinding {
  /** What was looked at: `kernel`, `control groups`, `crun`, `skopeo`, … */
  subject: string;
  /** `ok`; `limited`: sandboxes run, but lack something; `missing`: sandboxes cannot run. */
  level: 'ok' | 'limited' | 'missing';
  /** What was found, in a few words. */
  fact: string;
  /** A command, or a sentence, that repairs it. */
  fix?: string;
}

export interface HostReport {
  /** Sandboxes can run. */
  ready: boolean;
  /** The OCI runtime that the engine would choose. */
  runtime: string | undefined;
  findings: readonly HostFinding[];
  /** What a sandbox on this host does not protect from. */
  weaknesses: readonly string[];
}

export interface InspectOptions {
  /** Where the engine would keep its state; need not exist yet. */
  stateDir: string;
}

/** Call as root in a private mount namespace, as the engine runs; otherwise only facts are reported, not probes. */
export async function inspectHost({ stateDir }: InspectOptions): Promise<HostReport> {
  const findings: HostFinding[] = [kernel(), user(), controlGroups(), await userNamespaces(), ...(await programs())];
  const root = process.getuid?.() === 0;
  const verdicts = root ? await judgeAll() : [];
  findings.push(...verdicts.map(runtimeFinding));
  const chosen = verdicts.find((verdict) => verdict.failure === undefined && verdict.notEnforced.length === 0);
  if (chosen === undefined && root) findings.push(noRuntime(verdicts));
  if (chosen !== undefined) findings.push(idmap(chosen));
  if (root) findings.push(await overlay(stateDir), ...(await network()));
  return {
    ready: findings.every((finding) => finding.level !== 'missing'),
    runtime: chosen?.name,
    findings,
    weaknesses: await weaknesses(chosen),
  };
}

function kernel(): HostFinding {
  const fact = `Linux ${release()} on ${arch()}`;
  if (arch() === 'x64' || arch() === 'arm64') return { subject: 'kernel', level: 'ok', fact };
  return { subject: 'kernel', level: 'missing', fact, fix: 'run the engine on an x64 or arm64 machine' };
}

function user(): HostFinding {
  const root = process.getuid?.() === 0;
  return root
    ? { subject: 'user', level: 'ok', fact: 'root' }
    : { subject: 'user', level: 'missing', fact: `uid ${process.getuid?.()}`, fix: 'start the engine as root or with sudo' };
}

function controlGroups(): HostFinding {
  const mode = cgroupMode();
  const subject = 'control groups';
  if (mode === 'none') {
    return { subject, level: 'missing', fact: 'not mounted', fix: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup' };
  }
  const controllers = cgroupControllers();
  const lacking = ['cpu', 'memory', 'pids'].filter((name) => !controllers.includes(name));
  const fact = `${mode}: ${controllers.join(' ')}`;
  if (lacking.length === 0) return { subject, level: 'ok', fact };
  return { subject, level: 'missing', fact, fix: `enable the controllers ${lacking.join(', ')} (kernel command line, or the container's delegation)` };
}

async function userNamespaces(): Promise<HostFinding> {
  const subject = 'user namespaces';
  const most = Number(await readOptional('/proc/sys/user/max_user_namespaces'));
  if (most > 0) return { subject, level: 'ok', fact: `up to ${most}` };
  return { subject, level: 'missing', fact: 'switched off', fix: 'sysctl -w user.max_user_namespaces=65536' };
}

async function programs(): Promise<HostFinding[]> {
  return await Promise.all(
    HOST_PROGRAMS.map(async ({ name, debianPackage, purpose, required }): Promise<HostFinding> => {
      const path = await findProgram(name);
      if (path !== undefined) return { subject: name, level: 'ok', fact: path };
      return {
        subject: name,
        level: required ? 'missing' : 'limited',
        fact: `not installed: needed for ${purpose}`,
        fix: `apt-get install -y ${debianPackage}`,
      };
    }),
  );
}

async function judgeAll(): Promise<RuntimeVerdict[]> {
  const verdicts: RuntimeVerdict[] = [];
  for (const name of RUNTIME_CANDIDATES) {
    const verdict = await judgeRuntime(name);
    if (verdict !== undefined) verdicts.push(verdict);
  }
  return verdicts;
}

function runtimeFinding(verdict: RuntimeVerdict): HostFinding {
  const subject = verdict.name;
  if (verdict.failure !== undefined) return { subject, level: 'limited', fact: `${verdict.version}, cannot run a sandbox: ${verdict.failure}` };
  if (verdict.notEnforced.length > 0) {
    return { subject, level: 'limited', fact: `${verdict.version}, does not enforce: ${verdict.notEnforced.join(', ')}` };
  }
  return { subject, level: 'ok', fact: `${verdict.version}, ran a container with every limit` };
}

function noRuntime(verdicts: readonly RuntimeVerdict[]): HostFinding {
  return {
    subject: 'OCI runtime',
    level: 'missing',
    fact: verdicts.length === 0 ? 'neither crun nor runc is installed' : 'none of the installed ones can run a sandbox here',
    fix:
      verdicts.length === 0
        ? 'apt-get install -y crun'
        : 'in Docker, start the container with --privileged and a volume for the state directory; elsewhere read the messages above',
  };
}

function idmap(verdict: RuntimeVerdict): HostFinding {
  return verdict.features.idmap
    ? { subject: 'idmapped mounts', level: 'ok', fact: 'work' }
    : { subject: 'idmapped mounts', level: 'limited', fact: "the host image's files belong to `nobody` inside a sandbox" };
}

async function overlay(stateDir: string): Promise<HostFinding> {
  let directory = resolve(stateDir);
  while (!existsSync(directory)) directory = dirname(directory);
  const refusal = await overlayRefusal(directory);
  if (refusal === undefined) return { subject: 'overlay', level: 'ok', fact: `works on ${directory}` };
  return { subject: 'overlay', level: 'missing', fact: `${directory} cannot hold sandboxes' files: ${refusal}`, fix: OVERLAY_FIX };
}

async function network(): Promise<HostFinding[]> {
  const { code, stderr } = await runCommand(['nft', 'list', 'tables']);
  if (code === 127) return [];
  if (code === 0) return [{ subject: 'nftables', level: 'ok', fact: 'the kernel answers' }];
  return [{ subject: 'nftables', level: 'limited', fact: `refused: ${stderr.trim()}`, fix: 'load the kernel module nf_tables, or grant CAP_NET_ADMIN' }];
}

async function weaknesses(chosen: RuntimeVerdict | undefined): Promise<string[]> {
  const found = [
    'Sandboxes share the host kernel: a kernel exploit inside one reaches the host. Run untrusted code of strangers on Modal, or inside a virtual machine.',
    "The host image shows this machine's /usr, read-only, to every sandbox that uses it.",
  ];
  if (chosen?.name === 'runc') found.push('runc starts containers two to four times slower than crun, and Debian patches it less often.');
  const modules = (await readOptional('/sys/kernel/security/lsm')) ?? '';
  if (!/apparmor|selinux/.test(modules)) found.push('Neither AppArmor nor SELinux is active: there is no second line behind namespaces and the system call filter.');
  const mitigations = (await readOptional('/proc/sys/kernel/unprivileged_bpf_disabled')) ?? '';
  if (mitigations.trim() === '0') found.push('Unprivileged BPF is allowed on this host (sandboxes may not use it, other users may).');
  return found;
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (isGone(error) || hasCode(error, 'EACCES')) return undefined;
    throw error;
  }
}
