// What a name in a layer may be: below the layer's root, by the letters alone.

import { LayerError, shown } from './layer-error.js';

const MAX_PATH = 4_000;
const MAX_COMPONENT = 255;

/** Without `./`, doubled or trailing slashes; the layer's own root is the empty string. */
export function entryPath(name: string): string {
  if (name.startsWith('/')) throw new LayerError('ABSOLUTE_PATH', `the name ${shown(name)} is absolute`);
  const components = name.split('/').filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) throw new LayerError('PATH_OUTSIDE', `the name ${shown(name)} leads out of the layer`);
  if (name.length > MAX_PATH || components.some((component) => component.length > MAX_COMPONENT)) {
    throw new LayerError('PATH_TOO_LONG', `the name ${shown(name)} is longer than a path may be`);
  }
  return components.join('/');
}

/** The target of a hard link: an earlier entry of the same layer. */
export function hardLinkPath(entry: string, linkName: string): string {
  try {
    const path = entryPath(linkName);
    if (path !== '') return path;
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
  }
  throw new LayerError('LINK_OUTSIDE', `${shown(entry)} is a hard link to ${shown(linkName)}, which is outside the layer`);
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
