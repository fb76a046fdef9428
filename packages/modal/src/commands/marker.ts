// Modal has no call to end a command. A variable in its environment marks the command and all that it starts, so that
// a second command can find and signal them.

import type { Sandbox } from 'modal';
import { randomUUID } from 'node:crypto';

const variable = 'COMPUTESDK_COMMAND';

// `$1` is the signal, `$2` the mark. The shell that runs this does not carry the mark in its own environment.
const script = `for file in /proc/[0-9]*/environ; do
  if grep -qsF "$2" "$file"; then pid=\${file#/proc/}; kill -s "$1" "\${pid%/environ}" 2>/dev/null; fi
done; :`;

export interface Marker {
  env: Record<string, string>;
  /** Sends `signal` (`KILL`, `TERM`, `INT` …) to every process that carries the mark. */
  signal(sandbox: Sandbox, signal: string): Promise<void>;
}

export function marker(): Marker {
  const id = randomUUID();
  return {
    env: { [variable]: id },
    async signal(sandbox, signal) {
      const process = await sandbox.exec(['sh', '-c', script, 'sh', signal, `${variable}=${id}`], { stdout: 'ignore', stderr: 'ignore' });
      await process.wait();
    },
  };
}
