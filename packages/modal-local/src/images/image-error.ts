// Why an image cannot be had. `code` is what callers branch on; the message says what to do.

export type ImageErrorCode =
  | 'BAD_REFERENCE'
  | 'BAD_CONFIGURATION'
  | 'BAD_CREDENTIALS'
  | 'BAD_IMAGE'
  | 'DISK_FULL'
  | 'NOT_FOUND'
  | 'TRANSFER_FAILED'
  | 'UNAUTHORIZED'
  | 'UNREACHABLE'
  | 'UNSUPPORTED';

export class ImageError extends Error {
  override readonly name = 'ImageError';
  constructor(
    readonly code: ImageErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
