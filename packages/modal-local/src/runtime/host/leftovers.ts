// Removes what engines that were killed have left behind. Every step may be repeated and may meet another engine that
// does the same at the same time.

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reapAbandonedNetworks, reapNetwork } from '../../network/veth/reap.js';
import { Cgroup, CGROUP_PARENT, childGroups } from './cgroups.js';
import { namesIn } from './names-in.js';
import { isGone, sendSignal } from './process-identity.js';
import { findProgram } from './programs.js';
import { isEngineId, isRegistered, type KnownInstance, listInstances, removeRunDirectory, RUN_DIRECTORY } from './registry.js';

const KILL_DEADLINE_MS = 5000;

/** Returns the ids of the dead engines whose leftovers are gone. Never touches a live engine's property. */
export async function reapLeftovers(): Promise<string[]> {
  const instances = await listInstances();
  const alive = instances.filter((instance) => instance.alive);
  const dead = instances.filter((instance) => !instance.alive);
  for (const instance of dead) await reap(instance, alive);
  await reapUnrecorded(new Set(alive.map((instance) => instance.engineId)));
  return dead.map((instance) => instance.engineId);
}

async function reap(instance: KnownInstance, alive: readonly KnownInstance[]): Promise<void> {
  const runDirectory = join(RUN_DIRECTORY, instance.engineId);
  const cgroup = new Cgroup(`${CGROUP_PARENT}/${instance.engineId}`);
  if (!(await cgroup.killAll(KILL_DEADLINE_MS))) {
    throw new Error(`processes of the dead engine ${instance.engineId} survive SIGKILL: see cgroup ${cgroup.path}`);
  }
  await killNaming(`${runDirectory}/`);
  await cgroup.remove();
  if (await canHaveNetworks()) await reapNetwork(instance.engineId.slice(0, 6));
  if (!alive.some((other) => other.stateDir === instance.stateDir)) {
    const path = instance.ephemeral ? instance.stateDir : join(instance.stateDir, 'sb');
    await rm(path, { recursive: true, force: true });
  }
  // Last, so that an interrupted clean-up is taken up again.
  await removeRunDirectory(runDirectory);
}

/** What is left of engines whose record is gone: a clean-up was interrupted. An engine has its record before all else. */
async function reapUnrecorded(alive: ReadonlySet<string>): Promise<void> {
  for (const name of await childGroups(CGROUP_PARENT)) {
    if (!isEngineId(name) || alive.has(name) || (await isRegistered(name))) continue;
    const cgroup = new Cgroup(`${CGROUP_PARENT}/${name}`);
    if (await cgroup.killAll(KILL_DEADLINE_MS)) await cgroup.remove();
  }
  if (await canHaveNetworks()) await reapAbandonedNetworks();
  for (const name of namesIn(RUN_DIRECTORY)) {
    if (isEngineId(name) && !(await isRegistered(name))) await removeRunDirectory(join(RUN_DIRECTORY, name));
  }
}

/** Without these programs no engine had one. */
async function canHaveNetworks(): Promise<boolean> {
  return (await findProgram('ip')) !== undefined && (await findProgram('nft')) !== undefined;
}

/** Ends the processes of the dead engine outside its control groups: they carry its directory in their arguments. */
async function killNaming(text: string): Promise<void> {
  const deadline = performance.now() + KILL_DEADLINE_MS;
  for (;;) {
    const pids = await processesNaming(text);
    if (pids.length === 0) return;
    if (performance.now() > deadline) throw new Error(`processes ${pids.join(', ')} of a dead engine survive SIGKILL`);
    for (const pid of pids) sendSignal(pid, 'SIGKILL');
    await sleep(5);
  }
}

async function processesNaming(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    if (pid === process.pid) continue;
    try {
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
      if (argv.some((argument) => argument.startsWith(text) || argument.includes(`=${text}`))) found.push(pid);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return found;
}
