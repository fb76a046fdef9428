// The author's file methods where there are some, shell commands where there are none.

import { ifGiven } from '../options/if-given.js';
import type { FileEntry, SandboxFileSystem } from '../sandbox/filesystem.js';
import { checkContent, checkPath } from './arguments.js';
import type { RawFileEntry, SandboxMethods } from './methods.js';
import { shellFiles } from './shell-files.js';

export function wrapFilesystem<TNative, TConfig>(
  native: TNative,
  { filesystem: own = {}, runCommand }: SandboxMethods<TNative, TConfig>,
): SandboxFileSystem {
  const shell = shellFiles((command, args, options) => runCommand(native, command, [...args], options));
  return {
    readFile: async (path, options) => {
      checkPath(path);
      return own.readFile?.(native, path, runCommand, ...ifGiven(options)) ?? shell.readFile(path, options);
    },
    readBytes: async (path, options) => {
      checkPath(path);
      return own.readBytes?.(native, path, runCommand, ...ifGiven(options)) ?? shell.readBytes(path, options);
    },
    writeFile: async (path, content, options) => {
      checkPath(path);
      checkContent('content', content);
      return own.writeFile?.(native, path, content, runCommand, ...ifGiven(options)) ?? shell.writeFile(path, content, options);
    },
    mkdir: async (path, options) => {
      checkPath(path);
      return own.mkdir?.(native, path, runCommand, ...ifGiven(options)) ?? shell.mkdir(path, options);
    },
    readdir: async (path, options) => {
      checkPath(path);
      const entries = await own.readdir?.(native, path, runCommand, ...ifGiven(options));
      return entries?.map((entry) => toEntry(entry, `${path.replace(/\/+$/, '')}/${entry.name}`)) ?? shell.readdir(path, options);
    },
    stat: async (path, options) => {
      checkPath(path);
      const entry = await own.stat?.(native, path, runCommand, ...ifGiven(options));
      return entry ? toEntry(entry, path) : shell.stat(path, options);
    },
    exists: async (path, options) => {
      checkPath(path);
      return own.exists?.(native, path, runCommand, ...ifGiven(options)) ?? shell.exists(path, options);
    },
    remove: async (path, options) => {
      checkPath(path);
      return own.remove?.(native, path, runCommand, ...ifGiven(options)) ?? shell.remove(path, options);
    },
  };
}

/** Fills the names of the generation that the author did not write for. `path` is where the caller looked. */
function toEntry(raw: RawFileEntry, path: string): FileEntry {
  const isDirectory = raw.isDirectory ?? raw.type === 'directory';
  const modified = new Date(raw.lastModified ?? raw.modified ?? 0);
  const filled = { isDirectory, type: isDirectory ? 'directory' : 'file', lastModified: modified, modified } as const;
  return { size: 0, path, ...raw, ...filled };
}
