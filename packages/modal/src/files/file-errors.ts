// From the SDK's file errors to those of the interface, with the path that the caller gave.

import {
  AlreadyExistsError,
  type ComputeError,
  FileError,
  FileNotFoundError,
  InternalError,
  isComputeError,
  PermissionDeniedError,
  SandboxNotFoundError,
} from 'computesdk';
import * as sdk from 'modal';

import { fromModal } from '../errors/from-modal.js';

export function fromFilesystem(error: unknown, path: string, sandboxId: string): ComputeError {
  if (isComputeError(error)) return error;
  const facts = { cause: error };
  // Only when the sandbox is gone does a file operation fail with the plain class.
  if (error instanceof sdk.NotFoundError) return new SandboxNotFoundError(sandboxId, facts);
  if (error instanceof sdk.SandboxFilesystemNotFoundError) return new FileNotFoundError(path, facts);
  if (error instanceof sdk.SandboxFilesystemIsADirectoryError) return new FileError('is_a_directory', path, facts);
  if (error instanceof sdk.SandboxFilesystemNotADirectoryError) return new FileError('not_a_directory', path, facts);
  if (error instanceof sdk.SandboxFilesystemDirectoryNotEmptyError) return new FileError('directory_not_empty', path, facts);
  if (error instanceof sdk.SandboxFilesystemFileTooLargeError) return new FileError('file_too_large', path, facts);
  if (error instanceof sdk.SandboxFilesystemPermissionError) return new PermissionDeniedError(`Permission denied: ${path}`, facts);
  if (error instanceof sdk.SandboxFilesystemPathAlreadyExistsError) return new AlreadyExistsError(`File exists: ${path}`, facts);
  if (error instanceof sdk.SandboxFilesystemError) return new InternalError(`${error.message} (${path})`, facts);
  // A file of this machine, of `upload` and `download`.
  if (isLocalMissing(error)) return new FileNotFoundError(error.path ?? path, facts);
  return fromModal(error);
}

function isLocalMissing(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
