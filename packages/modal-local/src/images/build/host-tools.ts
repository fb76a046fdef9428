// This machine's cp and mkdir for use inside any image, also one that has no programs at all: run by their own loader
// from a read-only mount.

import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Mount } from '../../runtime/driver.js';
import { BuildError } from './instruction.js';

const TOOLS = '/__modal/tools';
/** Where the files to copy appear. */
export const COPY_SOURCE = '/__modal/from';

const LOADERS = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'];

export interface HostTools {
  mounts: readonly Mount[];
  /** A script for sh in which `tool NAME ARGUMENT…` runs a program of this machine. */
  argv(script: string, ...args: readonly string[]): string[];
}

/** Throws BuildError on a machine whose programs are linked in an unknown way. */
export async function hostTools(): Promise<HostTools> {
  const loader = await firstExisting(LOADERS);
  const shell = await realpath('/bin/sh');
  const inside = (path: string): string => `${TOOLS}${path}`;
  const libraries = [...new Set([dirname(loader), dirname(loader).replace(/^\/lib/, '/usr/lib'), '/usr/lib64'])].map(inside).join(':');
  const run = [inside(loader), '--library-path', libraries];
  const prelude = `tool() { name=$1; shift; ${run.join(' ')} ${TOOLS}/usr/bin/$name "$@"; }\nset -eu\n`;
  const directories = await Promise.all(['/usr', '/lib', '/bin'].map(async (path) => ({ path, real: (await realpath(path)) === path })));
  return {
    mounts: directories.filter(({ real }) => real).map(({ path }) => ({ source: path, target: inside(path), readOnly: true })),
    argv: (script, ...args) => [...run, inside(shell), '-c', `${prelude}${script}`, 'sh', ...args],
  };
}

async function firstExisting(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const found = await stat(path).then(
      () => true,
      () => false,
    );
    if (found) return await realpath(path);
  }
  throw new BuildError(`This machine has none of ${paths.join(', ')}: COPY, ADD and WORKDIR need one to run its cp inside an image`);
}
