// The archive that a confined program writes.

import { ByteReader } from './byte-reader.js';
import { confined, type ConfinedExit, type ConfinedOptions } from './confinement.js';

/** Resolves when `use` and the program are done, whatever its exit code; a failure of `use` kills the program. */
export async function readArchive(argv: readonly string[], options: ConfinedOptions, use: (reader: ByteReader) => Promise<void>): Promise<ConfinedExit> {
  const child = confined(argv, options);
  child.stdin.end();
  const reader = new ByteReader(child.stdout as AsyncIterable<Buffer>);
  try {
    await use(reader);
    // An archive is padded past its last entry, and a child is not closed before all that it wrote is read.
    await reader.drain();
    return await child.finished;
  } finally {
    child.kill('SIGKILL');
  }
}
