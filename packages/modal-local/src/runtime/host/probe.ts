// Finds an OCI runtime that works on this host by running a container under it with all that a sandbox has. Files and
// versions say too little: the same runtime works on one host and refuses on the next.

import { createHash } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../../engine/errors.js';
import { ociConfig } from '../oci/bundle.js';
import type { RuntimeChoice } from '../oci/oci-runtime.js';
import { cgroupMode } from './cgroups.js';
import { runCommand } from './command.js';
import { type ProbeFacts, runProbeContainer } from './probe-container.js';
import { isGone } from './process-identity.js';
import { findProgram } from './programs.js';
import { makeRunDirectory, RUN_DIRECTORY } from './registry.js';

/** Names, or absolute paths. gVisor's runsc is none: it cannot hand the agent its descriptor as these do. */
export const RUNTIME_CANDIDATES = ['crun', 'runc'];
const CACHE = join(RUN_DIRECTORY, 'probe.json');

const verdictSchema = z.object({
  name: z.string(),
  path: z.string(),
  version: z.string(),
  /** Why it cannot run containers here; absent when it can. */
  failure: z.string().optional(),
  /** What a sandbox would have to do without, in a few words each. */
  notEnforced: z.array(z.string()),
  features: z.object({ idmap: z.boolean(), seccompBpf: z.string().optional() }),
});

export type RuntimeVerdict = z.infer<typeof verdictSchema>;

/** By the runtime's path; `key` says what the verdict holds for. */
const cacheSchema = z.record(z.string(), z.object({ key: z.string(), verdict: verdictSchema }));

/** The first candidate that works. Rejects with FAILED_PRECONDITION, naming what to install or repair, when there is none. */
export async function probeRuntime(candidates: readonly string[] = RUNTIME_CANDIDATES): Promise<RuntimeChoice> {
  const verdicts: RuntimeVerdict[] = [];
  for (const name of candidates) {
    const verdict = await judgeRuntime(name);
    if (verdict === undefined) continue;
    if (verdict.failure === undefined && verdict.notEnforced.length === 0) return choice(verdict);
    verdicts.push(verdict);
  }
  throw new EngineError('FAILED_PRECONDITION', refusal(verdicts));
}

/** Runs the probe, or recalls it for this boot; undefined when the runtime is not installed. */
export async function judgeRuntime(name: string): Promise<RuntimeVerdict | undefined> {
  const path = await findProgram(name);
  if (path === undefined) return undefined;
  const { stdout } = await runCommand([path, '--version']);
  const version = stdout.split('\n')[0]?.trim() ?? '';
  const key = await cacheKey(path, version);
  const cached = (await readCache())[path];
  if (cached?.key === key) return cached.verdict;
  const verdict = await judge(name, path, version);
  // A failure may be repaired at any time: only what works is worth recalling.
  if (verdict.failure === undefined) await writeCache({ ...(await readCache()), [path]: { key, verdict } });
  return verdict;
}

async function judge(name: string, path: string, version: string): Promise<RuntimeVerdict> {
  await makeRunDirectory();
  const directory = join(RUN_DIRECTORY, `probe-${process.pid}`);
  let failure = '';
  for (const idmap of [true, false]) {
    try {
      const facts = await runProbeContainer({ runtimePath: path, directory, features: { idmap } });
      const features = { idmap: idmap && facts.idmap, ...(facts.seccompBpf === undefined ? {} : { seccompBpf: facts.seccompBpf }) };
      return { name, path, version, notEnforced: missing(facts), features };
    } catch (error) {
      // Idmapped mounts are the one thing that may be left out.
      failure ||= error instanceof Error ? error.message : String(error);
    }
  }
  return { name, path, version, failure, notEnforced: [], features: { idmap: false } };
}

function missing(facts: ProbeFacts): string[] {
  const names = {
    memory: 'memory limit',
    pids: 'limit on processes',
    cpu: 'CPU limit',
    seccomp: 'system call filter',
    noNewPrivileges: 'no-new-privileges',
  } as const;
  return (Object.keys(names) as (keyof typeof names)[]).filter((fact) => !facts[fact]).map((fact) => names[fact]);
}

function choice({ name, path, version, features }: RuntimeVerdict): RuntimeChoice {
  const { idmap, seccompBpf } = features;
  return { name, path, version, features: { idmap, ...(seccompBpf === undefined ? {} : { seccompBpf }) } };
}

function refusal(verdicts: readonly RuntimeVerdict[]): string {
  if (verdicts.length === 0) return 'no OCI runtime is installed: install crun (`apt-get install crun`) or runc';
  const reasons = verdicts.map((verdict) =>
    verdict.failure === undefined
      ? `${verdict.name} does not enforce: ${verdict.notEnforced.join(', ')}`
      : `${verdict.name} failed: ${verdict.failure}`,
  );
  return `no OCI runtime can run sandboxes on this host; \`modal-local doctor\` says more. ${reasons.join('; ')}`;
}

/** All that may change the verdict: the runtime, the kernel, the boot, what we ask for, and how the host limits. */
async function cacheKey(path: string, version: string): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1');
  const spec = { id: 'key', hostname: 'key', rootfs: '/', mounts: [], limits: { memoryBytes: 1, cpuCores: 1, pids: 1 } };
  const config = ociConfig({ spec, agentPath: '/', cgroupPath: '', features: { idmap: false } });
  const facts = [path, version, (await stat(path)).mtimeMs, release(), boot, config, cgroupMode()];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}

async function readCache(): Promise<z.infer<typeof cacheSchema>> {
  try {
    return cacheSchema.safeParse(JSON.parse(await readFile(CACHE, 'utf8'))).data ?? {};
  } catch (error) {
    if (isGone(error) || error instanceof SyntaxError) return {};
    throw error;
  }
}

async function writeCache(cache: z.infer<typeof cacheSchema>): Promise<void> {
  const draft = `${CACHE}.${process.pid}`;
  await writeFile(draft, JSON.stringify(cache), { mode: 0o600 });
  await rename(draft, CACHE);
}
