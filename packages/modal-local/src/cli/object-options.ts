// What the verbs that seed and list named objects share: where the objects are, and in which environment.

import { NamedObjects } from '../engine/objects.js';
import { defaultStateDirectory, openStateDirectory } from '../store/state-directory.js';

export const OBJECT_OPTIONS = {
  environment: { type: 'string', short: 'e' },
  'state-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const OBJECT_OPTIONS_HELP = `  -e, --environment NAME   the environment (default: main)
  --state-dir DIR          the engine's state directory
                           (default: $XDG_STATE_HOME/modal-local or ~/.local/state/modal-local)
  --json                   print JSON`;

/** The objects of a state directory; an engine may be running on it, and sees every change. */
export function openObjects(values: { 'state-dir'?: string | undefined }): NamedObjects {
  return new NamedObjects(openStateDirectory(values['state-dir'] ?? defaultStateDirectory()));
}

/** For verbs that create: an environment that is named comes into being. */
export function environmentFor(objects: NamedObjects, name: string | undefined): string {
  return objects.environments.getOrCreate(name ?? '', 'create-if-missing').name;
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
