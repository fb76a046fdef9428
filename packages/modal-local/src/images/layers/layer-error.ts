// Why a layer was refused. `code` is what callers branch on; the message names the entry.

export type LayerErrorCode =
  | 'ABSOLUTE_PATH'
  | 'CORRUPT'
  | 'DEVICE'
  | 'DIGEST_MISMATCH'
  | 'DISK_FULL'
  | 'ID_RANGE'
  | 'LINK_OUTSIDE'
  | 'LINK_TARGET_MISSING'
  | 'PATH_OUTSIDE'
  | 'PATH_TOO_LONG'
  | 'RESERVED_PATH'
  | 'THROUGH_SYMLINK'
  | 'TOO_LARGE'
  | 'TOO_MANY_ENTRIES'
  | 'UNSUPPORTED';

export class LayerError extends Error {
  override readonly name = 'LayerError';
  constructor(
    readonly code: LayerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`The image layer is refused: ${message}`, options);
  }
}

/** A path of an archive for a message: control characters never reach a terminal. */
export function shown(path: string): string {
  return JSON.stringify(Buffer.from(path, 'latin1').toString('utf8').slice(0, 200));
}
