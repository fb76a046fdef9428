// A full disk, told from other failures: by the kernel's code, or by the words of a program that met it.

const WORDS = /no space left on device|disk quota exceeded/i;

export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  readonly code = 'ENOSPC';
}

/** Whether a program complains of it. */
export function saysDiskFull(words: string): boolean {
  return WORDS.test(words);
}

/** For whoever asked: what is full, and what to do. Undefined when neither the failure nor its cause is a full disk. */
export function diskFull(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!('code' in cause) || (cause.code !== 'ENOSPC' && cause.code !== 'EDQUOT')) continue;
    return `The disk of the engine's state directory is full (${cause.message}). Free space on it (\`modal-local prune\` deletes images that are not used), and try again`;
  }
  return undefined;
}
