// The records of running engines, as they keep them on this machine.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const RECORDS = '/run/modal-local';

/** The engine that runs on a state directory. */
export function instanceOf(directory: string): { engineId: string; pid: number } {
  for (const name of readdirSync(RECORDS)) {
    const record = path.join(RECORDS, name, 'instance.json');
    if (!existsSync(record)) continue;
    const instance = JSON.parse(readFileSync(record, 'utf8')) as { engineId: string; pid: number; stateDir: string };
    if (instance.stateDir === directory) return instance;
  }
  throw new Error(`No engine uses ${directory}`);
}
