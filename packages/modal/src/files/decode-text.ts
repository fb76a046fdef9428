// The bytes of a file as text: Modal reads files of up to 5 GiB, and a string holds less.

import { FileError } from 'computesdk';

/** The text, with its byte order mark, which the SDK's own reading drops. Throws FileError for more than a string can hold. */
export function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FileError('file_too_large', path, {
      suggestion: 'Text cannot be this long: take the file with readBytes(), or onto this machine with download().',
      cause,
    });
  }
}
