// Opens a directory as a process inside a container would find it. Nothing that the sandbox links or swaps meanwhile
// leads out: each step is taken from an open directory, and links are read, never followed by the kernel.

import { constants } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { hasCode } from '../../error-code.js';
import { EngineError } from '../../engine/errors.js';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;
const MAX_LINKS = 40;

/** `pid` is a process whose root is the container's. Throws NOT_FOUND, INVALID_ARGUMENT. */
export async function openInside(pid: number, path: string): Promise<FileHandle> {
  if (!path.startsWith('/')) throw new EngineError('INVALID_ARGUMENT', `The path must be absolute, got: '${path}'`);
  const opened: FileHandle[] = [await open(`/proc/${pid}/root/`, DIRECTORY)];
  try {
    const todo = path.split('/').reverse();
    let links = 0;
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (opened.length > 1) await opened.pop()?.close();
        continue;
      }
      const here = `/proc/self/fd/${opened.at(-1)?.fd}/${name}`;
      const link = await readlink(here).catch(notALink);
      if (link === undefined) {
        opened.push(await open(here, DIRECTORY | constants.O_NOFOLLOW));
        continue;
      }
      if (++links > MAX_LINKS) throw new EngineError('INVALID_ARGUMENT', `'${path}' leads through too many links`);
      if (link.startsWith('/')) for (const handle of opened.splice(1)) await handle.close();
      todo.push(...link.split('/').reverse());
    }
    const target = opened.pop();
    if (target === undefined) throw new EngineError('NOT_FOUND', `'${path}' does not exist in the sandbox`);
    return target;
  } catch (error) {
    throw explained(error, path);
  } finally {
    for (const handle of opened) await handle.close();
  }
}

function notALink(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'EINVAL') return undefined;
  throw error;
}

function explained(error: unknown, path: string): unknown {
  if (hasCode(error, 'ENOENT')) return new EngineError('NOT_FOUND', `'${path}' does not exist in the sandbox`, { cause: error });
  if (hasCode(error, 'ENOTDIR', 'ELOOP')) return new EngineError('INVALID_ARGUMENT', `'${path}' is no directory in the sandbox`, { cause: error });
  return error;
}
