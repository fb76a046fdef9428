import { readdirSync } from 'node:fs';
import { isGone } from './process-identity.js';

/** Entries of a directory; none when it does not exist. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}
