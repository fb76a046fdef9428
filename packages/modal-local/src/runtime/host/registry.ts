// What live engines there are on this machine. Each has a directory below /run whose record says who it is, so that
// the next engine can tell the leftovers of a dead one from the property of a live one.

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Cgroup, CGROUP_PARENT } from './cgroups.js';
import { runChecked } from './command.js';
import { namesIn } from './names-in.js';
import { isAlive, isGone, processStartTime } from './process-identity.js';

export const RUN_DIRECTORY = '/run/modal-local';
const ENGINE_ID = /^[0-9a-f]{12}$/;

const recordSchema = z.object({
  engineId: z.string().regex(ENGINE_ID),
  pid: z.number().int().positive(),
  startTime: z.number(),
  bootId: z.string(),
  stateDir: z.string().startsWith('/'),
  /** The state directory goes with the engine. */
  ephemeral: z.boolean(),
});

export function isEngineId(text: string): boolean {
  return ENGINE_ID.test(text);
}

/** Whether an engine of that id has a record, dead or alive. */
export async function isRegistered(engineId: string): Promise<boolean> {
  return (await readRecord(join(RUN_DIRECTORY, engineId, 'instance.json'))) !== undefined;
}

export type InstanceRecord = z.infer<typeof recordSchema>;

export interface Instance extends AsyncDisposable {
  /** 12 hexadecimal digits. What the engine makes on the host carries it, or its first 6 digits after `ml`. */
  readonly engineId: string;
  /** This engine's directory below /run; others may pass through it but not list it. Helper processes name it in their arguments: so they are found when the engine is dead. */
  readonly runDirectory: string;
  /** Takes the record and the engine's control group away; last of all, when no container is left. */
  [Symbol.asyncDispose](): Promise<void>;
}

export async function registerInstance(options: { stateDir: string; ephemeral: boolean }): Promise<Instance> {
  const engineId = randomBytes(6).toString('hex');
  const startTime = processStartTime(process.pid);
  if (startTime === undefined) throw new Error('cannot read /proc/self/stat');
  const record: InstanceRecord = { engineId, pid: process.pid, startTime, bootId: await bootId(), ...options };
  const runDirectory = join(RUN_DIRECTORY, engineId);
  // The directory appears with its record inside, or not at all.
  const draft = join(RUN_DIRECTORY, `.${engineId}`);
  await makeRunDirectory();
  await mkdir(draft, { mode: 0o711 });
  await writeFile(join(draft, 'instance.json'), JSON.stringify(record), { mode: 0o600 });
  await rename(draft, runDirectory);
  return {
    engineId,
    runDirectory,
    [Symbol.asyncDispose]: async () => {
      await new Cgroup(`${CGROUP_PARENT}/${engineId}`).remove();
      await removeRunDirectory(runDirectory);
    },
  };
}

/** With what is mounted below it in this process's mount namespace. Idempotent. */
export async function removeRunDirectory(directory: string): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  for (const point of points.filter((path) => path.startsWith(`${directory}/`)).reverse()) await runChecked(['umount', '-l', point]);
  await rm(directory, { recursive: true, force: true });
}

/** Containers' roots have to pass through it. */
export async function makeRunDirectory(): Promise<void> {
  await mkdir(RUN_DIRECTORY, { recursive: true });
  await chmod(RUN_DIRECTORY, 0o755);
}

export interface KnownInstance extends InstanceRecord {
  alive: boolean;
}

/** Every engine that has a record, dead or alive. A directory without a readable record is nobody's and is left out. */
export async function listInstances(): Promise<KnownInstance[]> {
  const boot = await bootId();
  const instances: KnownInstance[] = [];
  for (const name of namesIn(RUN_DIRECTORY)) {
    if (!isEngineId(name)) continue;
    const record = await readRecord(join(RUN_DIRECTORY, name, 'instance.json'));
    if (record?.engineId === name) instances.push({ ...record, alive: record.bootId === boot && isAlive(record) });
  }
  return instances;
}

async function readRecord(path: string): Promise<InstanceRecord | undefined> {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.data;
  } catch (error) {
    if (isGone(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
}
