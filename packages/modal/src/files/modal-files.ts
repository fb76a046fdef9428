// Files of one sandbox, through Modal's file API: exact bytes, parents created, missing told apart from failed.

import {
  type CallOptions,
  checkContent,
  checkPath,
  FailedPreconditionError,
  type FileEntry,
  FileNotFoundError,
  type SandboxFileSystem,
} from 'computesdk';
import {
  type FileWatchEvent,
  type FileWatchEventType,
  type Sandbox,
  type SandboxFilesystem,
  SandboxFilesystemNotADirectoryError,
  SandboxFilesystemNotFoundError,
} from 'modal';
import path from 'node:path/posix';

import { runProgram } from '../commands/run-program.js';
import { toBytes } from '../commands/stdin.js';
import { abortable } from '../errors/abortable.js';
import { omitUndefined } from '../options/omit-undefined.js';
import { decodeText } from './decode-text.js';
import { toEntries } from './entries.js';
import { fromFilesystem } from './file-errors.js';

export interface WatchOptions extends CallOptions {
  /** Report everything below a directory, too. Default `false`. */
  recursive?: boolean | undefined;
  /** Kinds of events to report. Default: all. */
  filter?: readonly FileWatchEventType[] | undefined;
  /** Stop after this many milliseconds, cut to whole seconds. Default: never. */
  timeout?: number | undefined;
}

/** What Modal offers beyond the common file operations. */
export interface ModalFileSystem extends SandboxFileSystem {
  /** Copies a file or directory within the sandbox, with its attributes; parents of `to` are created. */
  copy(from: string, to: string, options?: CallOptions): Promise<void>;
  /** Moves or renames within the sandbox; parents of `to` are created. */
  move(from: string, to: string, options?: CallOptions): Promise<void>;
  /** Copies a file of this machine into the sandbox. */
  upload(localPath: string, path: string, options?: CallOptions): Promise<void>;
  /** Copies a file of the sandbox to this machine. */
  download(path: string, localPath: string, options?: CallOptions): Promise<void>;
  /** Yields changes until the time is up, the loop is left or the sandbox ends. */
  watch(path: string, options?: WatchOptions): AsyncIterable<FileWatchEvent>;
}

/** `live` gives the sandbox, or throws when it is gone. */
export function modalFiles(live: () => Sandbox, workdir: () => Promise<string>): ModalFileSystem {
  async function absolute(given: string): Promise<string> {
    checkPath(given);
    return path.isAbsolute(given) ? given : path.join(await workdir(), given);
  }

  /** One call of Modal's file API on `given`. */
  async function call<T>(
    given: string,
    options: CallOptions | undefined,
    operation: (files: SandboxFilesystem, absolutePath: string) => Promise<T>,
  ): Promise<T> {
    const sandbox = live();
    return abortable(options?.signal, async () => {
      try {
        return await operation(sandbox.filesystem, await absolute(given));
      } catch (error) {
        throw fromFilesystem(error, given, sandbox.sandboxId);
      }
    });
  }

  const entriesOf = (options: CallOptions | undefined, list: (files: SandboxFilesystem, at: string) => Promise<Parameters<typeof toEntries>[1]>) =>
    async (given: string): Promise<FileEntry[]> =>
      toEntries(live(), await call(given, options, list), options?.signal);

  /** Runs `program -- from to` with the parent of `to` made first. */
  async function transfer(program: readonly string[], from: string, to: string, options: CallOptions = {}): Promise<void> {
    const [source, target] = [await absolute(from), await absolute(to)];
    await call(from, options, (files) => files.stat(source));
    await call(to, options, (files) => files.makeDirectory(path.dirname(target)));
    const { exitCode, stderr } = await runProgram(live(), [...program, '--', source, target], options);
    if (exitCode !== 0) throw new FailedPreconditionError(stderr.trim() === '' ? `${program.join(' ')} exited with ${exitCode}` : stderr.trim());
  }

  const files: ModalFileSystem = {
    readBytes: (given, options) => call(given, options, (sdk, at) => sdk.readBytes(at)),
    readFile: async (given, options) => decodeText(await files.readBytes(given, options), given),
    async writeFile(given, content, options) {
      checkContent('content', content);
      await call(given, options, (sdk, at) => sdk.writeBytes(toBytes(content), at));
    },
    mkdir: (given, options) => call(given, options, (sdk, at) => sdk.makeDirectory(at)),
    readdir: (given, options) => entriesOf(options, (sdk, at) => sdk.listFiles(at))(given),
    async stat(given, options) {
      const [entry] = await entriesOf(options, async (sdk, at) => [await sdk.stat(at)])(given);
      if (entry) return entry;
      throw new FileNotFoundError(given);
    },
    exists: (given, options) =>
      call(given, options, (sdk, at) =>
        sdk.stat(at).then(
          () => true,
          (error: unknown) => falseIfMissing(error),
        ),
      ),
    remove: (given, options) =>
      call(given, options, async (sdk, at) => {
        await sdk.remove(at, { recursive: true }).catch(falseIfMissing);
      }),
    copy: (from, to, options) => transfer(['cp', '-a', '-T'], from, to, options),
    move: (from, to, options) => transfer(['mv', '-T'], from, to, options),
    upload: (localPath, given, options) => call(given, options, (sdk, at) => sdk.copyFromLocal(localPath, at)),
    download: (given, localPath, options) => call(given, options, (sdk, at) => sdk.copyToLocal(at, localPath)),
    async *watch(given, { filter, recursive, timeout, signal } = {}) {
      const sandbox = live();
      const params = omitUndefined({ recursive, timeoutMs: timeout, filter: filter && [...filter] });
      // Modal's answer for a missing path has no class of its own.
      await files.stat(given, { signal });
      const events = sandbox.filesystem.watch(await absolute(given), params)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value } = await abortable(signal, () => events.next());
          if (done) return;
          yield value;
        }
      } catch (error) {
        throw fromFilesystem(error, given, sandbox.sandboxId);
      } finally {
        // Not awaited, since a watch that was aborted may be in the middle of `next`; how it ends then is nobody's concern.
        events.return?.().catch(() => {});
      }
    },
  };
  return files;
}

/** `false` when nothing is at the path: it is missing, or a part of it is a file. */
function falseIfMissing(error: unknown): false {
  if (error instanceof SandboxFilesystemNotFoundError || error instanceof SandboxFilesystemNotADirectoryError) return false;
  throw error;
}
