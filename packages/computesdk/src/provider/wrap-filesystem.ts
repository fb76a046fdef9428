// The author's file methods where there are some, shell commands where there are none.

import type { SandboxFileSystem } from '../sandbox/filesystem.js';
import type { SandboxMethods } from './methods.js';
import { shellFiles } from './shell-files.js';

export function wrapFilesystem<TNative, TConfig>(
  native: TNative,
  { filesystem: own = {}, runCommand }: SandboxMethods<TNative, TConfig>,
): SandboxFileSystem {
  const shell = shellFiles((command, args, options) => runCommand(native, command, args, options));
  return {
    readFile: async (path, options) =>
      own.readFile?.(native, path, runCommand, options) ?? shell.readFile(path, options),
    readBytes: async (path, options) =>
      own.readBytes?.(native, path, runCommand, options) ?? shell.readBytes(path, options),
    writeFile: async (path, content, options) =>
      own.writeFile?.(native, path, content, runCommand, options) ?? shell.writeFile(path, content, options),
    mkdir: async (path, options) => own.mkdir?.(native, path, runCommand, options) ?? shell.mkdir(path, options),
    readdir: async (path, options) => own.readdir?.(native, path, runCommand, options) ?? shell.readdir(path, options),
    stat: async (path, options) => own.stat?.(native, path, runCommand, options) ?? shell.stat(path, options),
    exists: async (path, options) => own.exists?.(native, path, runCommand, options) ?? shell.exists(path, options),
    remove: async (path, options) => own.remove?.(native, path, runCommand, options) ?? shell.remove(path, options),
  };
}
