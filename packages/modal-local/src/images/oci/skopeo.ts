// Moves images between places with skopeo: registries, archives, layouts.

import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ImageError } from '../image-error.js';
import type { RegistryCredentials } from '../registry/credentials.js';
import { temporaryDirectory } from '../temporary-directory.js';

export interface TransferOptions {
  credentials?: { registry: string; credentials: RegistryCredentials };
  /** Content of a containers-registries.conf(5). */
  registriesConf?: string;
  /** Lines of progress. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface SkopeoResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

const DEFAULT_TIMEOUT_MS = 60 * 60_000;
const OUTPUT_LIMIT = 8 * 1024 * 1024;

export class Skopeo {
  constructor(private readonly stateDir: string) {}

  /** Resolves whatever the exit code. Throws UNSUPPORTED when skopeo is not installed. */
  async run(args: readonly string[], options: TransferOptions = {}): Promise<SkopeoResult> {
    const directory = await temporaryDirectory(this.stateDir, 'transfer-');
    try {
      const { variables, flags } = await this.#configuration(directory, options);
      const env = { ...process.env, LC_ALL: 'C', TMPDIR: directory, ...variables };
      return await this.#spawn(['--insecure-policy', ...flags, ...args], env, options);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  // The files hold passwords: mkdtemp's directory is its owner's alone, and they go with it.
  async #configuration(directory: string, { credentials, registriesConf }: TransferOptions): Promise<{ variables: Record<string, string>; flags: string[] }> {
    const variables: Record<string, string> = {};
    const flags: string[] = [];
    if (credentials !== undefined) {
      const { username, password } = credentials.credentials;
      const auth = Buffer.from(`${username}:${password}`).toString('base64');
      variables['REGISTRY_AUTH_FILE'] = join(directory, 'auth.json');
      await writeFile(variables['REGISTRY_AUTH_FILE'], JSON.stringify({ auths: { [credentials.registry]: { auth } } }), { mode: 0o600 });
    }
    if (registriesConf !== undefined) {
      const path = join(directory, 'registries.conf');
      await writeFile(path, registriesConf, { mode: 0o600 });
      flags.push('--registries-conf', path);
    }
    return { variables, flags };
  }

  async #spawn(args: readonly string[], env: NodeJS.ProcessEnv, options: TransferOptions): Promise<SkopeoResult> {
    return await new Promise((resolve, reject) => {
      const child = spawn('skopeo', args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env,
        killSignal: 'SIGKILL',
        timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const output: Buffer[] = [];
      let size = 0;
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        if ((size += chunk.length) <= OUTPUT_LIMIT) output.push(chunk);
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-16 * 1024)));
      if (options.onLine !== undefined) {
        for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', options.onLine);
      }
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') reject(new ImageError('UNSUPPORTED', 'skopeo is not installed, and images are transferred with it: apt-get install skopeo', { cause: error }));
        else reject(error);
      });
      child.once('close', (code) => resolve({ code: code ?? 137, stdout: Buffer.concat(output), stderr: stderr.trim() }));
    });
  }
}
