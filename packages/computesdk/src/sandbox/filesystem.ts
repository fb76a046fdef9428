// Files of a sandbox.

import type { CallOptions } from './call-options.js';

/** One entry of a directory, or the answer of `stat`. Both generations of names are filled. */
export interface FileEntry {
  /** Last part of the path, any bytes that Linux allows. */
  name: string;
  /** Absolute path. */
  path: string;
  /**
   * A symbolic link has the type of what it points to; a dangling one, like every other kind of file, is `file`.
   */
  type: 'file' | 'directory';
  /** `type === 'directory'`. */
  isDirectory: boolean;
  /** Bytes; 0 for a directory. */
  size: number;
  /** Time of the last change of the content. */
  lastModified: Date;
  /** The same as `lastModified`, under its later name. */
  modified: Date;
  /** Target as written, of a symbolic link. */
  symlinkTarget?: string;
}

/** File operations. A path may be relative to the sandbox's working directory. */
export interface SandboxFileSystem {
  /** The file as text (UTF-8). Throws FileNotFoundError, FileError, PermissionDeniedError. */
  readFile(path: string, options?: CallOptions): Promise<string>;
  /** The file as bytes, exact. Throws as `readFile`. */
  readBytes(path: string, options?: CallOptions): Promise<Uint8Array>;
  /** Creates or replaces the file, with its parent directories. Text is written as UTF-8. */
  writeFile(path: string, content: string | Uint8Array, options?: CallOptions): Promise<void>;
  /** Creates the directory with its parents; one that exists is left as it is. */
  mkdir(path: string, options?: CallOptions): Promise<void>;
  /** The entries without `.` and `..`, in no promised order. Throws FileNotFoundError, FileError. */
  readdir(path: string, options?: CallOptions): Promise<FileEntry[]>;
  /** Facts about one path. Throws FileNotFoundError. */
  stat(path: string, options?: CallOptions): Promise<FileEntry>;
  /** Whether anything is at the path. `false` only for "not there": any other failure throws. */
  exists(path: string, options?: CallOptions): Promise<boolean>;
  /** Removes a file or a whole directory. A missing path is not an error. */
  remove(path: string, options?: CallOptions): Promise<void>;
}
