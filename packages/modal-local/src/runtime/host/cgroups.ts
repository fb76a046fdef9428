// Where a container's control groups are on this host, and what is read from them: version 1 has one tree a
// controller, version 2 a single one, and a hybrid host is version 1 with an extra, mostly empty, version 2 tree.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../engine/errors.js';
import { isGone, sendSignal } from './process-identity.js';

const ROOT = '/sys/fs/cgroup';
/** Every container of every engine of this machine lives under this control group. */
export const CGROUP_PARENT = 'modal-local';

/** A task in an uninterruptible wait freezes only once that is over. */
const FREEZE_DEADLINE_MS = 10_000;

export type CgroupMode = 'v1' | 'hybrid' | 'v2' | 'none';

export function cgroupMode(root = ROOT): CgroupMode {
  if (exists(join(root, 'cgroup.controllers'))) return 'v2';
  if (exists(join(root, 'unified', 'cgroup.controllers'))) return 'hybrid';
  return exists(join(root, 'memory', 'cgroup.procs')) ? 'v1' : 'none';
}

/** Names of the controllers that can limit a container here. */
export function cgroupControllers(root = ROOT): string[] {
  if (cgroupMode(root) === 'v2') return readFileSync(join(root, 'cgroup.controllers'), 'latin1').trim().split(/\s+/);
  return readdirSync(root).filter((name) => name !== 'unified' && exists(join(root, name, 'cgroup.procs')));
}

/** The directories that hold one control group: one a controller in version 1, a single one in version 2. */
export function cgroupTrees(path: string, root = ROOT): string[] {
  if (cgroupMode(root) === 'v2') return [join(root, path)];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && exists(join(root, entry.name, 'cgroup.procs')))
    .map((entry) => join(root, entry.name, path));
}

/** Names of the groups directly below one, in whichever tree. */
export async function childGroups(path: string, root = ROOT): Promise<string[]> {
  const found = new Set<string>();
  for (const tree of cgroupTrees(path, root).filter(exists)) {
    for (const child of await childDirectories(tree)) found.add(basename(child));
  }
  return [...found];
}

export interface CgroupUsage {
  memoryBytes: number;
  cpuSeconds: number;
  pids: number;
}

/** One container's control group. `path` is relative to the root of each tree. */
export class Cgroup {
  readonly #v2: boolean;

  constructor(
    readonly path: string,
    private readonly root = ROOT,
  ) {
    this.#v2 = cgroupMode(root) === 'v2';
  }

  async usage(): Promise<CgroupUsage> {
    if (this.#v2) {
      const cpu = await this.#read('', 'cpu.stat');
      return {
        memoryBytes: Number(await this.#read('', 'memory.current')),
        cpuSeconds: field(cpu, 'usage_usec') / 1e6,
        pids: Number(await this.#read('', 'pids.current')),
      };
    }
    return {
      memoryBytes: Number(await this.#read('memory', 'memory.usage_in_bytes')),
      cpuSeconds: Number(await this.#read('cpuacct', 'cpuacct.usage')) / 1e9,
      pids: Number(await this.#read('pids', 'pids.current')),
    };
  }

  /** Cores that the group may use; undefined when it is not limited. */
  async cpuLimit(): Promise<number | undefined> {
    const [quota, period] = this.#v2
      ? (await this.#read('', 'cpu.max')).trim().split(' ')
      : await Promise.all(['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map(async (name) => await this.#read('cpu', name)));
    return Number(quota) > 0 ? Number(quota) / Number(period) : undefined;
  }

  /** How many processes of this group the OOM killer has ended; 0 when the group is gone. */
  async oomKills(): Promise<number> {
    try {
      const events = this.#v2 ? await this.#read('', 'memory.events') : await this.#read('memory', 'memory.oom_control');
      return field(events, 'oom_kill');
    } catch (error) {
      if (isGone(error)) return 0;
      throw error;
    }
  }

  /** Freezes or thaws; resolves when the kernel says that it is done. What does not freeze in time is thawed again. Throws FAILED_PRECONDITION. */
  async setFrozen(frozen: boolean, milliseconds = FREEZE_DEADLINE_MS): Promise<void> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      // Version 1 may stay FREEZING until it is asked again.
      await this.#askFrozen(frozen);
      if (await this.#isFrozen(frozen)) return;
      if (performance.now() > deadline) break;
      await sleep(1);
    }
    if (frozen) await this.#askFrozen(false);
    const what = frozen ? 'stand still' : 'go on';
    throw new EngineError('FAILED_PRECONDITION', `A process of the sandbox did not ${what} within ${milliseconds / 1000} s: it may be waiting for a slow disk or a network file system. Try again once that answers`);
  }

  /** Host pids of the processes in the group, its children included. */
  async processes(): Promise<number[]> {
    return await processesBelow(this.#file('pids', ''));
  }

  /** SIGKILL to all that is inside, again and again until nothing is; false when something is left after `milliseconds`. */
  async killAll(milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      const pids = await this.processes();
      if (pids.length === 0) return true;
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      // In version 1 what is frozen dies only when it is thawed.
      if (!this.#v2) await thawBelow(this.#file('freezer', ''));
      if (performance.now() > deadline) return false;
      await sleep(2);
    }
  }

  /** Removes the empty group from every tree. Idempotent. */
  async remove(): Promise<void> {
    await Promise.all(cgroupTrees(this.path, this.root).map(removeTree));
    // Where the engine has unmounted the version 2 tree of a hybrid host, crun makes plain files in its place.
    const unmounted = join(this.root, 'unified');
    if (!this.#v2 && !exists(join(unmounted, 'cgroup.procs'))) await rm(join(unmounted, this.path), { recursive: true, force: true });
  }

  async #askFrozen(frozen: boolean): Promise<void> {
    if (this.#v2) await writeFile(this.#file('', 'cgroup.freeze'), frozen ? '1' : '0');
    else await writeFile(this.#file('freezer', 'freezer.state'), frozen ? 'FROZEN' : 'THAWED');
  }

  async #isFrozen(frozen: boolean): Promise<boolean> {
    if (this.#v2) return field(await this.#read('', 'cgroup.events'), 'frozen') === (frozen ? 1 : 0);
    return (await this.#read('freezer', 'freezer.state')).trim() === (frozen ? 'FROZEN' : 'THAWED');
  }

  async #read(controller: string, name: string): Promise<string> {
    return await readFile(this.#file(controller, name), 'latin1');
  }

  #file(controller: string, name: string): string {
    return join(this.root, this.#v2 ? '' : controller, this.path, name);
  }
}

async function processesBelow(directory: string): Promise<number[]> {
  try {
    const own = await readFile(join(directory, 'cgroup.procs'), 'latin1');
    const pids = own.split('\n').filter(Boolean).map(Number);
    for (const child of await childDirectories(directory)) pids.push(...(await processesBelow(child)));
    return pids;
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function thawBelow(directory: string): Promise<void> {
  try {
    await writeFile(join(directory, 'freezer.state'), 'THAWED');
    for (const child of await childDirectories(directory)) await thawBelow(child);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function removeTree(directory: string): Promise<void> {
  // A process that has just died may hold its group for a moment longer.
  for (let attempt = 0; ; attempt++) {
    try {
      for (const child of await childDirectories(directory)) await removeTree(child);
      return await rmdir(directory);
    } catch (error) {
      if (isGone(error)) return;
      if (attempt === 200) throw error;
      await sleep(5);
    }
  }
}

async function childDirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}

/** The number after `name` in the lines of a flat keyed file. */
function field(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
