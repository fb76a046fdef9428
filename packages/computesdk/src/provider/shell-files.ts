// File operations for services that can only run commands. Paths and contents travel as positional parameters and
// base64, so that no name and no byte means anything to the shell. Works with GNU and busybox tools.

import { FileError } from '../errors/file.js';
import { FileNotFoundError } from '../errors/existence.js';
import { FailedPreconditionError } from '../errors/invalid.js';
import type { CallOptions } from '../sandbox/call-options.js';
import type { FileEntry, SandboxFileSystem } from '../sandbox/filesystem.js';
import { fromBase64, toBase64 } from './base64.js';
import type { RawResult } from './methods.js';

/** Runs a program without a shell in the sandbox. */
export type RunInSandbox = (command: string, args: readonly string[], options: CallOptions) => Promise<RawResult>;

const exits = { notFound: 64, isDirectory: 65, notDirectory: 66 } as const;

const mustExist = `[ -e "$1" ] || [ -L "$1" ] || exit ${exits.notFound}`;
const absolute = `case $1 in ?*/) set -- "\${1%/}";; esac; case $1 in /*) ;; *) set -- "$PWD/$1";; esac`;
const describe = `describe() {
  stat -L -c '%f %s %Y' -- "$1" 2>/dev/null || stat -c '%f %s %Y' -- "$1" || return
  printf '%s\\0%s\\0' "$1" "$(readlink -- "$1")"
}`;

const scripts = {
  read: `${mustExist}; [ ! -d "$1" ] || exit ${exits.isDirectory}; base64 < "$1"`,
  replace: `mkdir -p -- "$2" && { [ ! -d "$1" ] || exit ${exits.isDirectory}; } && printf %s "$3" | base64 -d > "$1"`,
  append: 'printf %s "$3" | base64 -d >> "$1"',
  mkdir: 'mkdir -p -- "$1"',
  exists: '[ -e "$1" ] || [ -L "$1" ]',
  remove: 'rm -rf -- "$1"',
  stat: `${describe}\n${mustExist}; ${absolute}; describe "$1" | base64`,
  list: `${describe}
    ${mustExist}; [ -d "$1" ] || exit ${exits.notDirectory}; ${absolute}
    for entry in "\${1%/}"/* "\${1%/}"/.[!.]* "\${1%/}"/..?*; do
      if [ -e "$entry" ] || [ -L "$entry" ]; then describe "$entry"; fi
    done | base64`,
};

/** Bytes a command's argument may hold after base64, below Linux' 128 KiB for one argument. */
const chunkBytes = 72 * 1024;

export function shellFiles(run: RunInSandbox): SandboxFileSystem {
  async function script(text: string, path: string, rest: readonly string[] = [], options: CallOptions = {}): Promise<RawResult> {
    return run('sh', ['-c', text, 'sh', path, ...rest], options);
  }

  async function checked(...[text, path, rest, options]: Parameters<typeof script>): Promise<string> {
    const result = await script(text, path, rest, options);
    if (result.exitCode === 0) return result.stdout;
    throw failure(result, path);
  }

  const files: SandboxFileSystem = {
    readFile: async (path, options) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(await files.readBytes(path, options)),
    readBytes: async (path, options) => fromBase64(await checked(scripts.read, path, [], options)),
    async writeFile(path, content, options) {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const parent = parentOf(path);
      await checked(scripts.replace, path, [parent, toBase64(bytes.subarray(0, chunkBytes))], options);
      for (let offset = chunkBytes; offset < bytes.length; offset += chunkBytes) {
        await checked(scripts.append, path, [parent, toBase64(bytes.subarray(offset, offset + chunkBytes))], options);
      }
    },
    mkdir: async (path, options) => void (await checked(scripts.mkdir, path, [], options)),
    readdir: async (path, options) => parseEntries(await checked(scripts.list, path, [], options)),
    async stat(path, options) {
      const [entry] = parseEntries(await checked(scripts.stat, path, [], options));
      if (entry) return entry;
      throw new FileNotFoundError(path);
    },
    async exists(path, options) {
      const result = await script(scripts.exists, path, [], options);
      if (result.exitCode > 1) throw failure(result, path);
      return result.exitCode === 0;
    },
    remove: async (path, options) => void (await checked(scripts.remove, path, [], options)),
  };
  return files;
}

function parentOf(path: string): string {
  const end = path.replace(/\/+$/, '').lastIndexOf('/');
  if (end === -1) return '.';
  return path.slice(0, end) || '/';
}

function failure({ exitCode, stderr }: RawResult, path: string): Error {
  switch (exitCode) {
    case exits.notFound:
      return new FileNotFoundError(path);
    case exits.isDirectory:
      return new FileError('is_a_directory', path);
    case exits.notDirectory:
      return new FileError('not_a_directory', path);
    default:
      return new FailedPreconditionError(stderr.trim() || `The file operation on ${path} ended with exit code ${exitCode}`);
  }
}

/** Records of `mode size seconds`, newline, path, NUL, link target, NUL. */
function parseEntries(output: string): FileEntry[] {
  const text = new TextDecoder().decode(fromBase64(output));
  return [...text.matchAll(/([0-9a-f]+) (\d+) (-?\d+)\n([^\0]*)\0([^\0]*)\0/g)].map((record) => {
    const [, mode = '', size = '', seconds = '', path = '', symlinkTarget = ''] = record;
    const isDirectory = (Number.parseInt(mode, 16) & 0xf000) === 0x4000;
    const modified = new Date(Number(seconds) * 1000);
    return {
      name: path.slice(path.lastIndexOf('/') + 1),
      path,
      type: isDirectory ? 'directory' : 'file',
      isDirectory,
      size: isDirectory ? 0 : Number(size),
      lastModified: modified,
      modified,
      ...(symlinkTarget === '' ? {} : { symlinkTarget }),
    };
  });
}
