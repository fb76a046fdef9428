// Where this machine's Python and Node are, so that a sandbox of the host image finds them: under /usr as they are,
// elsewhere (nvm, pyenv, /opt) by a mount of their prefix at a neutral place.

import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../error-code.js';
import type { Mount } from '../../runtime/driver.js';
import { runCommand } from '../../runtime/host/command.js';

/** First in the host image's PATH; holds nothing but links. */
export const LINKS_DIRECTORY = '/opt/modal-local/bin';

export interface Interpreters {
  mounts: readonly Mount[];
  /** Name in {@link LINKS_DIRECTORY} to the program's path inside the sandbox. */
  links: Readonly<Record<string, string>>;
}

export async function findInterpreters(): Promise<Interpreters> {
  const found = await Promise.all([findPython(), findNode()]);
  return {
    mounts: found.flatMap((one) => one.mounts),
    links: Object.assign({}, ...found.map((one) => one.links)),
  };
}

async function findPython(): Promise<Interpreters> {
  for (const path of ['/usr/bin/python3', '/usr/local/bin/python3']) {
    const program = await resolved(path);
    if (program?.startsWith('/usr/')) return { mounts: [], links: { python: path, python3: path } };
  }
  const { code, stdout } = await runCommand(['python3', '-c', 'import sys; print(sys.base_prefix)']);
  if (code !== 0) return { mounts: [], links: {} };
  const target = '/opt/modal-local/python';
  const python = `${target}/bin/python3`;
  return { mounts: [prefixMount(stdout.trim(), target)], links: { python, python3: python, pip: `${target}/bin/pip3`, pip3: `${target}/bin/pip3` } };
}

async function findNode(): Promise<Interpreters> {
  const program = await realpath(process.execPath);
  if (program.startsWith('/usr/')) return { mounts: [], links: { node: program } };
  const target = '/opt/modal-local/node';
  const links = Object.fromEntries(['node', 'npm', 'npx', 'corepack'].map((name) => [name, `${target}/bin/${name}`]));
  return { mounts: [prefixMount(dirname(dirname(program)), target)], links };
}

function prefixMount(source: string, target: string): Mount {
  return { source, target, readOnly: true, idmap: true };
}

async function resolved(path: string): Promise<string | undefined> {
  try {
    return await realpath(join(path));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
