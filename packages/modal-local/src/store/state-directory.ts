// What an engine keeps on disk and where. A directory that other users could read or replace would leak secrets, so it is its owner's alone.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface StatePaths {
  root: string;
  database: string;
  secretKey: string;
  volumes: string;
  pins: string;
  identityKey: string;
  /** What verifies identity tokens, for others to read. */
  identityKeySet: string;
  /** Of `https` tunnels. */
  certificates: string;
}

/** `$XDG_STATE_HOME/modal-local`, else `~/.local/state/modal-local`. */
export function defaultStateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_STATE_HOME'];
  return join(base !== undefined && base.startsWith('/') ? base : join(homedir(), '.local', 'state'), 'modal-local');
}

/** Creates the directory with mode 0700 where it is missing. */
export function openStateDirectory(directory: string): StatePaths {
  const root = resolve(directory);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const found = statSync(root);
  const self = process.getuid?.();
  if (self !== undefined && found.uid !== self) {
    throw new Error(`${root} belongs to user ${found.uid}, not to you (${self}). Choose another --state-dir, or chown it.`);
  }
  if ((found.mode & 0o022) !== 0) chmodSync(root, found.mode & 0o755);
  return {
    root,
    database: join(root, 'state.db'),
    secretKey: join(root, 'secrets.key'),
    volumes: join(root, 'volumes'),
    pins: join(root, 'pins'),
    identityKey: join(root, 'identity.key'),
    identityKeySet: join(root, 'identity-jwks.json'),
    certificates: join(root, 'tls'),
  };
}

export interface EphemeralState extends Disposable {
  readonly paths: StatePaths;
}

/**
 * A directory for `--ephemeral`: gone, with all that is in it, when disposed of. Not what is mounted in it: `rm` stays
 * on its file system, so a bucket that could not be unmounted keeps its files.
 */
export function ephemeralStateDirectory(): EphemeralState {
  const paths = openStateDirectory(mkdtempSync(join(tmpdir(), 'modal-local-')));
  return { paths, [Symbol.dispose]: () => void execFileSync('rm', ['-rf', '--one-file-system', '--', paths.root]) };
}
