// File operations that found something else than they can work on.

import { ComputeError, type ErrorFacts } from './compute-error.js';

export type FileErrorCode = 'is_a_directory' | 'not_a_directory' | 'directory_not_empty' | 'file_too_large';

const phrases: Record<FileErrorCode, string> = {
  is_a_directory: 'Is a directory',
  not_a_directory: 'Not a directory',
  directory_not_empty: 'Directory not empty',
  file_too_large: 'File too large',
};

/** A file operation met the wrong kind or size of file. A missing one is a FileNotFoundError. */
export class FileError extends ComputeError {
  override readonly name = 'FileError';
  readonly path: string;

  constructor(code: FileErrorCode, path: string, facts: ErrorFacts = {}) {
    super(`${phrases[code]}: ${path}`, { ...facts, code });
    this.path = path;
  }
}
