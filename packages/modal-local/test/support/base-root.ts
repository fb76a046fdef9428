// A small Debian root with busybox and Python's minimal package, built by mmdebstrap once a machine: the tests that
// need a real image share it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = promisify(execFile);

/** Under which names busybox is called. */
const APPLETS = 'awk cat chmod chown cp cut date dd df du echo env false find grep head hostname id kill ln ls mkdir mv nc printf ps pwd readlink rm sed seq sh sha256sum sleep sort stat sync tail tee test touch tr true uname wc wget which whoami'.split(' ');
const PACKAGES = ['base-files', 'busybox-static', 'libpython3-stdlib', 'python3-minimal'];

/** Path of the archive. Needs Debian's packages the first time (half a minute). */
export async function baseRootArchive(): Promise<string> {
  const cache = join(tmpdir(), 'modal-local-test-cache');
  const archive = join(cache, 'base-3.tar');
  if (existsSync(archive)) return archive;
  mkdirSync(cache, { recursive: true });
  // Test files that run at the same time may both build it; the last rename wins, and both archives are good.
  const draft = mkdtempSync(join(cache, 'draft-'));
  try {
    const tar = join(draft, 'root.tar');
    await checked('mmdebstrap', ['--variant=extract', `--include=${PACKAGES.join(',')}`, '--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/locale/*', 'bookworm', tar]);
    const bin = join(draft, 'links/bin');
    mkdirSync(bin, { recursive: true });
    for (const applet of APPLETS) symlinkSync('busybox', join(bin, applet));
    await checked('tar', ['--append', '--owner=0', '--group=0', `--file=${tar}`, `--directory=${join(draft, 'links')}`, ...APPLETS.map((applet) => `./bin/${applet}`)]);
    renameSync(tar, archive);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return archive;
}

/** Output of a program that must succeed. Servers of this process go on meanwhile. */
export async function checked(program: string, args: readonly string[]): Promise<string> {
  return (await run(program, args, { maxBuffer: 64 * 1024 * 1024, timeout: 180_000, killSignal: 'SIGKILL' })).stdout;
}
