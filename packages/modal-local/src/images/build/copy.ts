// COPY --from, ADD of URLs and WORKDIR: files put into an image from outside of it.

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { temporaryDirectory } from '../temporary-directory.js';
import { BuildError } from './instruction.js';

export interface CopyPlan {
  /** Relative to the source's root; may hold `*`, `?` and `[…]`. */
  sources: readonly string[];
  /** Absolute. */
  destination: string;
  /** The destination is a directory, whatever is there. */
  intoDirectory: boolean;
  owner: string | undefined;
  mode: string | undefined;
}

export function copyPlan(words: readonly string[], workdir: string, { owner, mode }: { owner: string | undefined; mode: string | undefined }): CopyPlan {
  const destination = words.at(-1);
  const sources = words.slice(0, -1);
  if (destination === undefined || sources.length === 0) throw new BuildError('it needs a source and a destination');
  if (sources.length > 1 && !destination.endsWith('/')) throw new BuildError('with several sources the destination has to end with /');
  return {
    sources: sources.map((source) => posix.join('/', source).slice(1)),
    destination: posix.resolve(workdir, destination),
    intoDirectory: destination.endsWith('/'),
    owner,
    mode,
  };
}

/** Arguments: the directory that holds the sources, the destination, `/` for a directory, owner, mode, then the sources. */
export const COPY_SCRIPT = `
from=$1 dest=$2 into=$3 owner=$4 mode=$5; shift 5
stage=/__modal/stage
tool mkdir -p "$stage"
IFS=
for pattern in "$@"; do
  found=
  for source in "$from"/$pattern; do
    if ! [ -e "$source" ] && ! [ -L "$source" ]; then continue; fi
    found=1
    if [ -d "$source" ]; then tool cp -RPH --preserve=mode,timestamps,links,xattr "$source"/. "$stage"/; into=/
    else tool cp -RPH --preserve=mode,timestamps,links,xattr "$source" "$stage"/; fi
  done
  if [ -z "$found" ]; then echo "no such file: /$pattern" >&2; exit 1; fi
done
[ -z "$owner" ] || tool chown -hR "$owner" "$stage"
[ -z "$mode" ] || tool chmod -R "$mode" "$stage"
if [ -d "$dest" ]; then into=/; fi
if [ -n "$into" ]; then
  [ -d "$dest" ] || tool mkdir -p "$dest"
  for entry in "$stage"/* "$stage"/.[!.]* "$stage"/..?*; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then tool cp -a "$entry" "$dest"/; fi
  done
else
  tool mkdir -p "$(tool dirname "$dest")"
  for entry in "$stage"/* "$stage"/.[!.]* "$stage"/..?*; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then tool cp -aT "$entry" "$dest"; fi
  done
fi
tool rm -rf "$stage"
`;

export const MAKE_DIRECTORY_SCRIPT = 'tool mkdir -p "$1"';

export interface Download extends AsyncDisposable {
  /** Holds one file for each URL. */
  directory: string;
  names: string[];
  /** Of all contents. */
  digest: string;
}

const DOWNLOAD_LIMIT = 16 * 1024 ** 3;

/** Throws BuildError. */
export async function download(stateDir: string, urls: readonly string[], { checksum, signal }: { checksum: string | undefined; signal: AbortSignal | undefined }): Promise<Download> {
  const directory = await temporaryDirectory(stateDir, 'add-');
  const dispose = async () => await rm(directory, { recursive: true, force: true });
  try {
    const digests: string[] = [];
    for (const url of urls) digests.push(await fetchInto(directory, url, signal));
    if (checksum !== undefined && digests.some((digest) => digest !== checksum)) throw new BuildError(`the download has the checksum ${digests.join(', ')}, and ${checksum} was promised`);
    return { directory, names: urls.map(fileName), digest: digests.join(' '), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function fetchInto(directory: string, url: string, signal: AbortSignal | undefined): Promise<string> {
  const path = join(directory, fileName(url));
  const hash = createHash('sha256');
  const response = await fetch(url, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new BuildError(`${url} cannot be fetched: ${error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)}`, { cause: error });
  });
  if (!response.ok || response.body === null) throw new BuildError(`${url} cannot be fetched: the server answers ${response.status} ${response.statusText}`);
  let bytes = 0;
  await pipeline(
    Readable.fromWeb(response.body),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        if ((bytes += chunk.length) > DOWNLOAD_LIMIT) throw new BuildError(`${url} has more than ${DOWNLOAD_LIMIT} bytes`);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  );
  const modified = new Date(response.headers.get('last-modified') ?? 0);
  await utimes(path, modified, modified);
  return `sha256:${hash.digest('hex')}`;
}

export function isUrl(word: string): boolean {
  return /^https?:\/\//.test(word);
}

function fileName(url: string): string {
  const name = basename(decodeURIComponent(new URL(url).pathname));
  if (name === '' || name === '.' || name === '..') throw new BuildError(`${url} names no file: give a URL whose path ends with one`);
  return name;
}
