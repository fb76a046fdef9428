// What Modal says about a file, as the interface says it.

import { type FileEntry, InternalError } from 'computesdk';
import type { FileInfo, Sandbox } from 'modal';

import { runProgram } from '../commands/run-program.js';

// Modal describes a link itself; the interface gives it the type of its target. One command asks for all.
const script = 'for path do if [ -d "$path" ]; then printf d; else printf f; fi; done';
/** Modal takes 64 KiB of arguments; the rest is for the script. */
const maxArguments = 60_000;

/** The entries of `files`, links resolved with one command for all of them. */
export async function toEntries(sandbox: Sandbox, files: readonly FileInfo[], signal?: AbortSignal): Promise<FileEntry[]> {
  const links = files.filter(({ type }) => type === 'symlink').map(({ path }) => path);
  const directories = new Set<string>();
  for (const batch of batches(links)) {
    const { stdout, stderr, exitCode } = await runProgram(sandbox, ['sh', '-c', script, 'sh', ...batch], { signal });
    if (exitCode !== 0) throw new InternalError(`The targets of symbolic links could not be read: ${stderr.trim()}`);
    batch.forEach((path, index) => stdout[index] === 'd' && directories.add(path));
  }
  return files.map((file) => toEntry(file, directories));
}

function toEntry({ name, path, type, size, modifiedTime, symlinkTarget }: FileInfo, directories: ReadonlySet<string>): FileEntry {
  const isDirectory = type === 'directory' || directories.has(path);
  const modified = new Date(modifiedTime * 1000);
  const facts = { name, path, isDirectory, size: isDirectory ? 0 : size, lastModified: modified, modified };
  return { ...facts, type: isDirectory ? 'directory' : 'file', ...(symlinkTarget === null ? {} : { symlinkTarget }) };
}

function* batches(paths: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let length = 0;
  for (const path of paths) {
    if (length + path.length > maxArguments && batch.length > 0) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(path);
    length += path.length;
  }
  if (batch.length > 0) yield batch;
}
