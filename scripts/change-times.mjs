// When files last changed: tells whether a build is older than its sources.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Milliseconds of every file below `file`; the agent's folder has a build of its own. */
export function changeTimes(file) {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return [];
  if (!status.isDirectory()) return [status.mtimeMs];
  return readdirSync(file).flatMap((name) => (name === 'agent' && file.endsWith('dist') ? [] : changeTimes(path.join(file, name))));
}
