// Programs that read what strangers wrote run here: a mount namespace that holds this machine's /usr read-only and, at
// /out, one writable directory; no network, no other process, no more privileges than chown and friends.

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

export interface ConfinedOptions {
  /** Appears writable at /out. */
  directory?: string;
  /** Where the program starts; `/` when absent. It stays there, wherever that is. */
  cwd?: string;
  /** May set `trusted.*` attributes. Only for input that the engine itself has written. */
  trusted?: boolean;
  /** An empty directory to build the namespace's root on; nothing shows there outside. */
  scratch: string;
  signal?: AbortSignal;
}

const CAPABILITIES = '-all,+chown,+dac_override,+fowner,+fsetid';

// The old root goes away before the program starts, and with it every path to it.
const ENTER = `set -eu
root=$1 out=$2 caps=$3; shift 3
mount -n -t tmpfs -o size=64k,mode=755 tmpfs "$root"
mkdir "$root/usr" "$root/out" "$root/old" "$root/proc"
mount -n --bind /usr "$root/usr"; mount -n -o remount,ro,bind "$root/usr"
for d in bin sbin lib lib32 lib64; do
  if [ -L /$d ]; then ln -s usr/$d "$root/$d"
  elif [ -d /$d ]; then mkdir "$root/$d"; mount -n --bind /$d "$root/$d"; mount -n -o remount,ro,bind "$root/$d"; fi
done
[ -z "$out" ] || mount -n --bind "$out" "$root/out"
mount -n -t proc proc "$root/proc"
(cd "$root"; pivot_root . old)
umount -n -l /old; umount -n /proc; mount -n -o remount,ro /
exec setpriv --bounding-set "$caps" --inh-caps -all --no-new-privs "$@"`;

export type ConfinedProcess = ChildProcessByStdio<Writable, Readable, Readable> & { readonly finished: Promise<ConfinedExit> };

export interface ConfinedExit {
  /** 128 when a signal ended it. */
  code: number;
  /** The first 16 KiB. */
  stderr: string;
}

/** Starts a program with piped streams. The process and all that it starts end with `signal`. */
export function confined(argv: readonly string[], { directory = '', cwd = '/', trusted = false, scratch, signal }: ConfinedOptions): ConfinedProcess {
  const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child', '--propagation', 'private'];
  const capabilities = trusted ? `${CAPABILITIES},+sys_admin` : CAPABILITIES;
  const child = spawn('unshare', [...namespaces, 'sh', '-c', ENTER, 'confined', scratch, directory, capabilities, ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd,
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk.slice(0, 16 * 1024 - stderr.length);
  });
  const finished = once(child, 'close').then(([code]: unknown[]) => ({ code: typeof code === 'number' ? code : 128, stderr: stderr.trim() }));
  // Whoever awaits it sees the failure; a pipeline that fails first must not leave it unhandled.
  finished.catch(() => undefined);
  return Object.assign(child, { finished });
}
