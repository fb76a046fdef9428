// Buckets by s3fs, a FUSE client for anything that speaks S3. One process a mount; it dies with the engine.

import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { runChecked, runCommand } from '../../runtime/host/command.js';
import { findProgram } from '../../runtime/host/programs.js';
import { BucketMountError, type BucketMounter, type BucketSpec, type MountedBucket } from '../driver.js';

const READY_TIMEOUT_MS = 15_000;
const SETTLED_MS = 150;
const READY_POLL_MS = 10;
const STOP_TIMEOUT_MS = 5_000;
const LAST_WORDS_MS = 2_000;
const WORDS_KEPT = 4_096;

export class S3fs implements BucketMounter {
  /** `root` holds the mount points; nobody but the engine may write there. `program` is a name to look for, or a path. */
  constructor(
    private readonly root: string,
    private readonly program = 's3fs',
  ) {}

  async mount(spec: BucketSpec): Promise<MountedBucket> {
    requireFuse();
    const program = await findProgram(this.program);
    if (program === undefined) throw new BucketMountError('This machine cannot mount buckets: s3fs is not installed (Debian: apt-get install s3fs)');
    mkdirSync(this.root, { recursive: true, mode: 0o711 });
    const path = mkdtempSync(join(this.root, 'bucket-'));
    const client = start(program, spec, path, await impliedDirectories(program));
    try {
      await ready(client, spec, path);
    } catch (error) {
      await stop(client, path);
      throw error;
    }
    let stopped: Promise<void> | undefined;
    return { path, [Symbol.asyncDispose]: () => (stopped ??= stop(client, path)) };
  }
}

interface Client {
  process: ChildProcess;
  ended: Promise<void>;
  words: () => string;
}

// The parent-death signal ends it with an engine that is killed; credentials go by the environment, out of `ps`.
function start(program: string, spec: BucketSpec, path: string, extra: readonly string[]): Client {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...s3fsArguments(spec, path), ...extra], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...credentialVariables(spec) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  const keep = (chunk: Buffer) => void (words = (words + String(chunk)).slice(-WORDS_KEPT));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      words += error.message;
      resolve();
    });
  });
  return { process: child, ended, words: () => essence(words) };
}

/** From 1.91 on, s3fs shows a directory that has no object of its own only when asked to; before, it does not know the option. */
async function impliedDirectories(program: string): Promise<string[]> {
  const stdout = await runChecked([program, '--help']);
  return /^\s*compat_dir\b/m.test(stdout) ? ['-o', 'compat_dir'] : [];
}

function essence(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '' && !line.includes('[INF]'));
  return lines.map((line) => line.replace(/^\S+Z \[\w+\] \S+: /, '')).join('; ');
}

export function s3fsArguments(spec: BucketSpec, path: string): string[] {
  const source = spec.keyPrefix === undefined ? spec.bucket : `${spec.bucket}:/${spec.keyPrefix.replace(/\/+$/, '')}`;
  const options = [
    `url=${spec.endpoint}`,
    `uid=${spec.owner}`,
    `gid=${spec.owner}`,
    'allow_other',
    'nosuid',
    'nodev',
    'umask=0000',
    'connect_timeout=10',
    'retries=2',
    ...(spec.region === undefined ? [] : [`endpoint=${spec.region}`]),
    ...(spec.readOnly ? ['ro'] : []),
    ...(spec.requesterPays ? ['requester_pays'] : []),
    ...(spec.pathStyle ? ['use_path_request_style'] : []),
    ...(spec.credentials === undefined ? ['public_bucket=1'] : []),
    ...(spec.credentials?.sessionToken === undefined ? [] : ['use_session_token']),
  ];
  return [source, path, '-f', ...options.flatMap((option) => ['-o', option])];
}

function credentialVariables({ credentials }: BucketSpec): Record<string, string> {
  if (credentials === undefined) return {};
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    AWSACCESSKEYID: accessKeyId,
    AWSSECRETACCESSKEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWSSESSIONTOKEN: sessionToken }),
  };
}

// The mount point appears first; it answers when s3fs has spoken with the service.
async function ready(client: Client, spec: BucketSpec, path: string): Promise<void> {
  const waiting = new AbortController();
  const answered = answers(path, waiting.signal);
  const late = delay(READY_TIMEOUT_MS, 'late', { signal: waiting.signal });
  const ended = client.ended.then(() => 'ended');
  try {
    const outcome = await Promise.race([answered, late, ended]);
    if (outcome !== 'late' && outcome !== 'ended') return;
    throw new Error(outcome === 'late' ? `no answer within ${READY_TIMEOUT_MS / 1_000} s` : 's3fs ended');
  } catch (error) {
    // A client that has failed is on its way out, and says why before it goes.
    await Promise.race([client.ended, delay(LAST_WORDS_MS)]);
    const words = client.words() || (error instanceof Error ? error.message : String(error));
    throw new BucketMountError(`Bucket '${spec.bucket}' at ${spec.endpoint} cannot be mounted: ${words}`, { cause: error });
  } finally {
    waiting.abort();
    for (const loser of [answered, late]) loser.catch(() => undefined);
  }
}

/** One that was refused may answer once on its way out, and leave a plain directory that answers, too: it counts when it still does a moment later. */
async function answers(path: string, signal: AbortSignal): Promise<void> {
  for (const wait of [0, SETTLED_MS]) {
    await delay(wait, undefined, { signal });
    await mounted(path, signal);
    await stat(path);
  }
}

async function mounted(path: string, signal: AbortSignal): Promise<void> {
  while (!isMounted(path)) await delay(READY_POLL_MS, undefined, { signal });
}

async function stop(client: Client, path: string): Promise<void> {
  // While a service is silent, s3fs may be too, and then whoever looks at the mount point may wait, umount included, until s3fs is dead.
  const timer = setTimeout(() => client.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
  try {
    if (isMounted(path)) await runCommand(['umount', '--lazy', path]);
    await client.ended;
  } finally {
    clearTimeout(timer);
  }
  if (isMounted(path)) await runChecked(['umount', '--lazy', path]);
  rmdirSync(path);
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}

function requireFuse(): void {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new BucketMountError('This machine cannot mount buckets: /dev/fuse is missing or not accessible (modprobe fuse)', { cause: error });
  }
}
