// Keeps stacks of layers mountable: the newest ones of a tall stack become one, which shares its files with them by
// hard links. Layers never change, so nobody notices.

import { lstat, mkdir, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from '../../runtime/host/command.js';
import { layerPath, layersDirectory, newLayerId } from '../overlay/layout.js';
import { draftName } from './drafts.js';
import { readArchive } from './read-archive.js';
import { tarEntries } from './tar-entries.js';
import type { TarHeader } from './tar-header.js';
import { markOpaque } from './unpack.js';

/** A taller stack is made lower. */
export const TALL = 64;
/** The oldest layers, most often an image's, stay as they are: many stacks share them. */
const KEPT = 24;

/** The same stack, or a lower one that shows the same. */
export async function flattened(stateDir: string, layers: readonly string[]): Promise<readonly string[]> {
  if (layers.length <= TALL) return layers;
  return [...layers.slice(0, KEPT), await merged(stateDir, layers.slice(KEPT))];
}

/** One layer that does to those below it what the given ones do together; oldest first. */
export async function merged(stateDir: string, layers: readonly string[]): Promise<string> {
  const layer = newLayerId();
  const draft = join(layersDirectory(stateDir), draftName(layer));
  const target = join(draft, 'layer');
  const scratch = join(draft, 'scratch');
  // One by one: Node's recursive mkdir calls a full disk a missing directory.
  await mkdir(draft);
  await mkdir(target);
  await mkdir(scratch);
  try {
    for (const source of layers) await lay(layerPath(stateDir, source), target, scratch);
    await rename(target, layerPath(stateDir, layer));
    return layer;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Puts one layer on top: first makes way for it, then links its files in. */
async function lay(source: string, target: string, scratch: string): Promise<void> {
  const opaque = await opaqueDirectories(source, scratch);
  const replacing: string[] = [];
  await makeWay(source, target, '', { opaque, replacing });
  await runChecked(['cp', '--archive', '--link', '--no-dereference', '--remove-destination', `${source}/.`, target], { timeoutMs: 10 * 60_000 });
  // The kernel leaves a directory unmarked that stands on a whiteout of a lower layer: the whiteout is gone now.
  if (replacing.length > 0) await markOpaque(target, scratch, await Promise.all(replacing.map(async (name) => await headerOf(target, name))));
}

interface Way {
  opaque: ReadonlySet<string>;
  /** Directories that take the place of something else. */
  replacing: string[];
}

async function makeWay(source: string, target: string, path: string, way: Way): Promise<void> {
  for (const entry of await readdir(join(source, path), { withFileTypes: true })) {
    const name = join(path, entry.name);
    const below = await lstat(join(target, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (below === undefined) continue;
    if (entry.isDirectory() && below.isDirectory() && !way.opaque.has(name)) await makeWay(source, target, name, way);
    else {
      if (entry.isDirectory()) way.replacing.push(name);
      await remove(join(target, name), below.isDirectory());
    }
  }
}

async function remove(path: string, isDirectory: boolean): Promise<void> {
  if (!isDirectory) return await unlink(path);
  for (const entry of await readdir(path, { withFileTypes: true })) await remove(join(path, entry.name), entry.isDirectory());
  await rmdir(path);
}

async function headerOf(target: string, name: string): Promise<TarHeader> {
  const { mode, uid, gid, mtimeMs } = await lstat(join(target, name));
  const ownName = Buffer.from(name).toString('latin1');
  return { name: ownName, mode: mode & 0o7777, uid, gid, size: 0, mtime: Math.max(0, Math.floor(mtimeMs / 1000)), type: '5', linkName: '', deviceMajor: 0, deviceMinor: 0 };
}

/** Node reads no extended attributes; tar does. */
async function opaqueDirectories(source: string, scratch: string): Promise<Set<string>> {
  const script = 'find . -type d -print0 | tar --create --file=- --format=posix --no-recursion --xattrs --xattrs-include=trusted.overlay.opaque --null --files-from=-';
  const opaque = new Set<string>();
  const { code, stderr } = await readArchive(['sh', '-c', script], { scratch, cwd: source, trusted: true }, async (reader) => {
    for await (const entry of tarEntries(reader)) {
      if (entry.extra.some(([key, value]) => key === 'SCHILY.xattr.trusted.overlay.opaque' && value.toString() === 'y')) {
        opaque.add(Buffer.from(join(entry.name), 'latin1').toString('utf8').replace(/\/$/, ''));
      }
    }
  });
  if (code !== 0) throw new Error(`the layer's directories cannot be read: ${stderr || `code ${code}`}`);
  return opaque;
}
