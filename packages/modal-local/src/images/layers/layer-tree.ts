// What a layer has laid down so far. Every entry is checked against it, so that no name means another place than it says.

import { hardLinkPath, parentOf } from './entry-path.js';
import { LayerError, shown } from './layer-error.js';
import type { TarHeader } from './tar-header.js';

type Kind = 'directory' | 'symlink' | 'other';

/** Directories that the engine mounts on: a link or file in their place could lead the mount elsewhere. */
const MOUNT_POINTS = new Set(['', 'dev', 'proc', 'sys', '__modal']);

/** Nodes that the tools which make base images put into /dev; the sandbox gets its own. */
const USUAL_DEVICES = new Map([
  ['dev/console', '5:1'],
  ['dev/full', '1:7'],
  ['dev/null', '1:3'],
  ['dev/ptmx', '5:2'],
  ['dev/random', '1:8'],
  ['dev/tty', '5:0'],
  ['dev/urandom', '1:9'],
  ['dev/zero', '1:5'],
]);

export class LayerTree {
  readonly #kinds = new Map<string, Kind>([['', 'directory']]);

  constructor(private readonly options: { isRoot: boolean }) {}

  has(path: string): boolean {
    return this.#kinds.has(path);
  }

  isDirectory(path: string): boolean {
    return this.#kinds.get(path) === 'directory';
  }

  /** Directories above `path` that no entry has named; outermost first. They count as laid down from now on. */
  missingParents(path: string): string[] {
    const missing: string[] = [];
    for (let parent = parentOf(path); ; parent = parentOf(parent)) {
      const kind = this.#kinds.get(parent);
      if (kind === 'directory') break;
      if (kind !== undefined) {
        const what = kind === 'symlink' ? 'a symbolic link' : 'not a directory';
        throw new LayerError('THROUGH_SYMLINK', `${shown(path)} would be written through ${shown(parent)}, which is ${what}`);
      }
      missing.unshift(parent);
    }
    for (const parent of missing) this.#kinds.set(parent, 'directory');
    return missing;
  }

  /** Checks an entry whose parents are there, and lays it down. False for what is left out on purpose. */
  add(path: string, header: TarHeader): boolean {
    const kind = kindOf(header.type);
    if (kind !== 'directory') {
      if (path === '' || (this.options.isRoot && MOUNT_POINTS.has(path))) throw new LayerError('RESERVED_PATH', `/${path} has to be a directory`);
      if (this.isDirectory(path)) throw new LayerError('CORRUPT', `${shown(path)} is first a directory and then something else`);
    }
    if (isDevice(header)) return this.#leaveOut(path, header);
    if (header.type === '1') this.#checkHardLink(path, hardLinkPath(path, header.linkName));
    this.#kinds.set(path, kind);
    return true;
  }

  #checkHardLink(path: string, target: string): void {
    const kind = this.#kinds.get(target);
    if (kind === 'other' || kind === 'symlink') return;
    this.missingParents(target);
    throw new LayerError('LINK_TARGET_MISSING', `${shown(path)} is a hard link to ${shown(target)}, which is no earlier file of the layer`);
  }

  #leaveOut(path: string, { type, deviceMajor, deviceMinor }: TarHeader): false {
    if (type === '3' && USUAL_DEVICES.get(path) === `${deviceMajor}:${deviceMinor}`) return false;
    throw new LayerError('DEVICE', `${shown(path)} is a device node (${deviceMajor}:${deviceMinor})`);
  }
}

function isDevice({ type }: TarHeader): boolean {
  return type === '3' || type === '4';
}

function kindOf(type: string): Kind {
  if (type === '5') return 'directory';
  return type === '2' ? 'symlink' : 'other';
}
